import { createHmac } from 'node:crypto';
import { createMiddleware } from 'hono/factory';
import type { Arena } from '../context.js';
import type { ArenaEnv } from '../env.js';
import { Refusal } from '../refusal.js';
import { sameText } from './same-text.js';

const loopback = ['127.0.0.1', 'localhost', '[::1]'];

/** The hosts that the server answers to: another name that was made to point here (DNS rebinding) is refused. */
export function allowedHosts({ mode, origin }: Pick<Arena, 'mode' | 'origin'>): ReadonlySet<string> {
  const { host, port } = new URL(origin);
  const names = mode === 'local' ? loopback.map((name) => (port ? `${name}:${port}` : name)) : [];
  return new Set([host, ...names]);
}

/** PostgreSQL keeps no U+0000, so nothing that has one in its address is here. */
export function requireStorableAddress() {
  return createMiddleware<ArenaEnv>(async (c, next) => {
    if (c.req.url.includes('%00')) throw new Refusal(400, 'bad-text', 'The address has the character U+0000.');
    await next();
  });
}

export function requireKnownHost(arena: Pick<Arena, 'mode' | 'origin'>) {
  const hosts = allowedHosts(arena);
  return createMiddleware<ArenaEnv>(async (c, next) => {
    const host = c.req.header('host') ?? new URL(c.req.url).host;
    if (!hosts.has(host.toLowerCase()))
      throw new Refusal(
        421,
        'unknown-host',
        `This server answers to ${[...hosts].join(', ')}. Open it under that address, or start it with the address that people use.`,
      );
    await next();
  });
}

/** Bound to the session (`local` where there is none to have), so that one that leaked is of no use to another. */
export const csrfToken = (secret: Uint8Array, session: string): string =>
  createHmac('sha256', secret).update(`csrf\0${session}`).digest('base64url');

const reads = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Pages of other sites get nothing from the API, not even an answer that they could not read. What writes must also come from our
 * own page: the browser says so in Origin, and the page proves it with the token that only it could read. Requests with an API
 * key carry no cookie that could be abused and are let by.
 */
export function requireOwnPage(arena: Pick<Arena, 'mode' | 'origin'>, withoutCookies: (path: string) => boolean) {
  const { protocol } = new URL(arena.origin);
  const origins = new Set([...allowedHosts(arena)].map((host) => `${protocol}//${host}`));
  return createMiddleware<ArenaEnv>(async (c, next) => {
    if (withoutCookies(c.req.path)) return next();
    const site = c.req.header('sec-fetch-site');
    const writes = !reads.has(c.req.method);
    if (site !== undefined && site !== 'same-origin' && (writes || site !== 'none'))
      throw new Refusal(403, 'other-site', 'This may only be asked for by the page of this server.');
    if (writes) {
      const origin = c.req.header('origin');
      if (origin === undefined || !origins.has(origin.toLowerCase()))
        throw new Refusal(403, 'other-site', `The Origin header must be that of this server, ${arena.origin}.`);
      if (!sameText(c.req.header('x-csrf-token') ?? '', c.get('csrf')))
        throw new Refusal(403, 'csrf', 'The x-csrf-token header must be the csrf of GET /api/me. Load the page again.');
    }
    await next();
  });
}
