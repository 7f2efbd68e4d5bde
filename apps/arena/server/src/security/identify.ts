import { createMiddleware } from 'hono/factory';
import type { Arena } from '../context.js';
import type { Actor, ArenaEnv } from '../env.js';
import { csrfToken } from './same-site.js';

/** The one person of a local arena. */
export const localActor: Actor = { kind: 'local', userId: 'local', name: 'You' };

/** Finds out who asks, by the session of the cookie; in a local arena it is always the one person. */
export function identify({ accounts, secret }: Arena) {
  const nobody = csrfToken(secret, accounts ? 'nobody' : 'local');
  return createMiddleware<ArenaEnv>(async (c, next) => {
    const session = accounts ? await accounts.whoIs(c.req.raw.headers) : null;
    c.set('actor', accounts ? (session?.actor ?? null) : localActor);
    c.set('csrf', session ? csrfToken(secret, `session\0${session.token}`) : nobody);
    await next();
    // Unless the route itself signed in or out.
    if (session && !c.res.headers.has('set-cookie'))
      for (const cookie of session.cookies) c.res.headers.append('set-cookie', cookie);
  });
}
