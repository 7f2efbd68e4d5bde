import type { Context } from 'hono';
import type { Arena } from '../context.js';
import type { ArenaEnv } from '../env.js';

/**
 * The network that a request comes from: an IPv4 address, or the /64 of an IPv6 one, all of which one household has. Behind a proxy
 * it is what the proxy put last into X-Forwarded-For; what stands before that is whatever the client said.
 */
export function clientAddress({ behindProxy }: Pick<Arena, 'behindProxy'>, c: Context<ArenaEnv>): string {
  const forwarded = behindProxy ? c.req.header('x-forwarded-for')?.split(',').at(-1)?.trim() : undefined;
  return network(forwarded ?? c.env?.incoming?.socket.remoteAddress ?? 'unknown');
}

export function network(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!address.includes(':')) return address;
  const [before = '', after] = address.split('::');
  const head = before === '' ? [] : before.split(':');
  const tail = after ? after.split(':') : [];
  const groups =
    after === undefined ? head : [...head, ...Array(Math.max(0, 8 - head.length - tail.length)).fill('0'), ...tail];
  return `${groups.slice(0, 4).join(':')}::/64`;
}
