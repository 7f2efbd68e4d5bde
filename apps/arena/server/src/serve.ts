import type { Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { createApp } from './app.js';
import type { Arena } from './context.js';

export interface Served {
  /** As people reach it. */
  readonly origin: string;
  readonly port: number;
  /** Takes no more requests, lets those under way finish for a few seconds, then closes. The arena stays open. */
  close(): Promise<void>;
}

const loopback = new Set(['127.0.0.1', '::1', 'localhost']);
/** A client that sends its headers or its body slower than this is cut off. */
export const slowClientLimits = {
  headersTimeout: 10_000,
  requestTimeout: 300_000,
  keepAliveTimeout: 60_000,
  maxHeaderSize: 16_384,
};
const maxConnections = 8192;
const shutdownGrace = 5000;

/**
 * Serves an arena over HTTP. Local mode has no password, so it listens on loopback only.
 *
 * @throws where local mode is asked to listen elsewhere, or the port is taken
 */
export async function serve(
  arena: Arena,
  { host, port }: { host: string; port: number },
  limits = slowClientLimits,
): Promise<Served> {
  if (arena.mode === 'local' && !loopback.has(host))
    throw new Error(
      `host ${host}: without --team the arena has no passwords, so it listens on 127.0.0.1 only. Use --team to serve others.`,
    );
  const { maxHeaderSize, ...timeouts } = limits;
  let app: ReturnType<typeof createApp> | undefined;
  const server = createAdaptorServer({
    fetch: (request, env) => app?.fetch(request, env) ?? new Response(null, { status: 503 }),
    serverOptions: { maxHeaderSize, connectionsCheckingInterval: 2000, noDelay: true },
  }) as Server;
  Object.assign(server, timeouts, { maxConnections });
  const answering = new Set<ServerResponse>();
  server.on('request', (_, response) => {
    answering.add(response);
    response.once('close', () => answering.delete(response));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const bound = (server.address() as AddressInfo).port;
  const origin = arena.mode === 'local' ? `http://${host.includes(':') ? `[${host}]` : host}:${bound}` : arena.origin;
  const closing = new AbortController();
  app = createApp({ ...arena, origin, closing: closing.signal });
  const close = () => {
    closing.abort();
    return shutDown(server, answering);
  };
  return { origin, port: bound, close };
}

async function shutDown(server: Server, answering: ReadonlySet<unknown>): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  // Browsers hold connections that they have not asked anything on yet: those do not count as idle.
  const closeUnused = () => (answering.size === 0 ? server.closeAllConnections() : server.closeIdleConnections());
  closeUnused();
  const unused = setInterval(closeUnused, 50);
  const late = setTimeout(() => server.closeAllConnections(), shutdownGrace);
  await closed;
  clearInterval(unused);
  clearTimeout(late);
}
