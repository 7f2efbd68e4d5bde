import { type ApiKeyRow, anyKeyAllows, useApiKey } from '@bradley/preferences';
import { createMiddleware } from 'hono/factory';
import type { Arena } from '../context.js';
import type { ArenaEnv } from '../env.js';
import { Refusal } from '../refusal.js';
import { checkJson } from '../security/body-limit.js';
import { refuseFlood } from '../security/flood-control.js';
import { rateLimiter } from '../security/rate-limit.js';
import { hashOf } from '../security/secret-text.js';

export interface KeyEnv extends ArenaEnv {
  Variables: ArenaEnv['Variables'] & { key: ApiKeyRow };
}

/** A key is looked up again after this long, which is how long one that was revoked is good for. */
const remembered = 5000;
const mostKeys = 1000;

/** For products: a key in Authorization, which is of one project and may log choices in it and nothing else. */
export function requireKey(arena: Arena) {
  const known = new Map<string, { key: ApiKeyRow; until: number }>();
  const limiter = rateLimiter({ burst: 200, perSecond: 50 });

  const find = async (hash: string): Promise<ApiKeyRow | null> => {
    const found = known.get(hash);
    if (found && found.until > Date.now()) return found.key;
    known.delete(hash);
    const key = await useApiKey(arena.store, hash);
    if (key && known.size >= mostKeys) known.clear();
    if (key) known.set(hash, { key, until: Date.now() + remembered });
    return key;
  };

  return createMiddleware<KeyEnv>(async (c, next) => {
    const [, secret] = /^Bearer (\S{1,200})$/.exec(c.req.header('authorization') ?? '') ?? [];
    const key = secret === undefined ? null : await find(hashOf(secret));
    if (key === null)
      throw new Refusal(401, 'no-key', 'This needs Authorization: Bearer and an API key that is not revoked.', {
        headers: { 'www-authenticate': 'Bearer' },
      });
    const origin = c.req.header('origin');
    if (origin !== undefined && !key.origins.includes(origin))
      throw new Refusal(403, 'other-site', `This key is not for pages of ${origin}. An owner decides for which it is.`);
    refuseFlood(limiter(key.id));
    c.set('key', key);
    await checkJson(c);
    await next();
  });
}

const preflight = {
  'access-control-allow-methods': 'POST',
  'access-control-allow-headers': 'authorization, content-type, idempotency-key',
  'access-control-max-age': '600',
};

/** Lets pages of the sites that some key allows ask; whether the key that they then send is for them, `requireKey` looks at. */
export function allowOrigins(arena: Arena) {
  return createMiddleware<ArenaEnv>(async (c, next) => {
    const origin = c.req.header('origin');
    const allowed = origin !== undefined && (await anyKeyAllows(arena.store, origin));
    const headers: Record<string, string> = allowed
      ? { 'access-control-allow-origin': origin, 'access-control-expose-headers': 'retry-after, idempotent-replayed' }
      : {};
    if (c.req.method === 'OPTIONS') return c.body(null, 204, { ...headers, ...(allowed && preflight), vary: 'origin' });
    await next();
    for (const [name, value] of Object.entries(headers)) c.res.headers.set(name, value);
    c.res.headers.append('vary', 'origin');
    if (allowed) c.res.headers.set('cross-origin-resource-policy', 'cross-origin');
  });
}
