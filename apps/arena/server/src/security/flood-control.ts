import { createMiddleware } from 'hono/factory';
import type { Arena } from '../context.js';
import type { ArenaEnv } from '../env.js';
import { Refusal } from '../refusal.js';
import { clientAddress } from './client-address.js';
import { type Bucket, rateLimiter } from './rate-limit.js';

interface FloodRow {
  readonly methods?: readonly string[];
  readonly path: RegExp;
  /** Whose requests are counted together. */
  readonly by: 'address' | 'actor';
  readonly bucket: Bucket;
}

/**
 * How often things may be asked for; the first row that fits counts. Guessing passwords is slow, whatever account is guessed at.
 * Behind one address there may be a school, so what is asked for without an account is looser than what guesses secrets, and an
 * actor's own rate is several times what the quickest rater needs.
 */
const table: readonly FloodRow[] = [
  { methods: ['POST'], path: /^\/api\/(session|set-up)$/, by: 'address', bucket: { burst: 20, perSecond: 1 / 6 } },
  { methods: ['POST'], path: /^\/api\/invites\//, by: 'address', bucket: { burst: 2000, perSecond: 20 } },
  { path: /^\/api\/v1\//, by: 'address', bucket: { burst: 1000, perSecond: 200 } },
  // Files of things to compare, which come by hundreds, and which who is no owner is refused.
  { methods: ['POST'], path: /\/media$/, by: 'actor', bucket: { burst: 500, perSecond: 50 } },
  {
    methods: ['POST'],
    path: /\/(imports|prompts|taste|snapshots|runs)$/,
    by: 'actor',
    bucket: { burst: 60, perSecond: 5 },
  },
  { methods: ['POST', 'PATCH', 'PUT', 'DELETE'], path: /^\/api\//, by: 'actor', bucket: { burst: 100, perSecond: 20 } },
  { path: /^\/api\//, by: 'actor', bucket: { burst: 300, perSecond: 60 } },
];

/** The person of a local arena floods nobody but himself: there are no limits in local mode but for products. */
export function limitFloods(arena: Arena) {
  const rows = table.map((row) => ({ ...row, limiter: rateLimiter(row.bucket) }));
  return createMiddleware<ArenaEnv>(async (c, next) => {
    const { method, path } = c.req;
    const row = rows.find((one) => (one.methods?.includes(method) ?? true) && one.path.test(path));
    if (row && (arena.mode === 'team' || path.startsWith('/api/v1/'))) {
      const actor = row.by === 'actor' ? c.get('actor') : null;
      refuseFlood(row.limiter(actor ? `actor ${actor.userId}` : clientAddress(arena, c)));
    }
    await next();
  });
}

/** @param seconds until a token is there, 0 where one was */
export function refuseFlood(seconds: number): void {
  if (seconds > 0)
    throw new Refusal(429, 'too-many', `Too many requests. Try again in ${seconds} s.`, {
      headers: { 'retry-after': String(seconds) },
    });
}
