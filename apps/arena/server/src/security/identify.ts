import { createMiddleware } from 'hono/factory';
import type { Arena } from '../context.js';
import type { Actor, ArenaEnv } from '../env.js';
import { csrfToken } from './same-site.js';

/** The one person of a local arena. */
export const localActor: Actor = { kind: 'local', userId: 'local', name: 'You' };

/** Finds out who asks. */
export function identify(arena: Arena) {
  const csrf = csrfToken(arena.secret, 'local');
  return createMiddleware<ArenaEnv>(async (c, next) => {
    c.set('actor', arena.mode === 'local' ? localActor : null);
    c.set('csrf', csrf);
    await next();
  });
}
