import { type Me, meSchema } from '@bradley/arena-contract';
import { anything, request, setCsrf } from './request.js';

/** Who one is; also learns the token that everything that writes must carry. */
export async function loadMe(): Promise<Me> {
  const me = await request(meSchema, '/api/me');
  setCsrf(me.csrf);
  return me;
}

export const signIn = (email: string, password: string): Promise<unknown> =>
  request(anything, '/api/session', { method: 'POST', body: { email, password } });

export const signOut = (): Promise<unknown> => request(anything, '/api/session', { method: 'DELETE' });

/** The first account of a team's arena. */
export const setUp = (account: { secret: string; name: string; email: string; password: string }): Promise<unknown> =>
  request(anything, '/api/set-up', { method: 'POST', body: account });
