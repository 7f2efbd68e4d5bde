import { type Store, tables } from '@bradley/preferences';
import { betterAuth } from 'better-auth';
import { drizzleAdapter } from 'better-auth/adapters/drizzle';
import { APIError } from 'better-auth/api';
import { anonymous } from 'better-auth/plugins';
import type { Arena } from '../context.js';
import type { Actor } from '../env.js';
import { Refusal } from '../refusal.js';
import { hashPassword, verifyPassword } from './password.js';
import { sessionCache } from './session-cache.js';

/** Cookies that an answer has to set. */
export interface SignedIn {
  readonly userId: string;
  readonly cookies: readonly string[];
}

export interface Session {
  readonly actor: Actor;
  readonly token: string;
  /** Where what the browser remembers of the session was renewed. */
  readonly cookies: readonly string[];
}

/** The people of a team: accounts with a password, and guests. */
export interface Accounts {
  whoIs(headers: Headers): Promise<Session | null>;
  signUp(account: { name: string; email: string; password: string }): Promise<SignedIn>;
  signIn(account: { email: string; password: string }): Promise<SignedIn>;
  signInGuest(name: string): Promise<SignedIn>;
  /** Ends the session of a request; returns the cookies that forget it. */
  signOut(headers: Headers): Promise<readonly string[]>;
}

const day = 86_400;
/** A session that is ended elsewhere is good for as long as the browser's signed memory of it. Roles are not in there. */
const cookieCacheSeconds = 120;
const guestName = 'x-guest-name';

/** better-auth as a library: none of its own routes is served. */
export function openAccounts({ store, secret, origin }: Pick<Arena, 'store' | 'secret' | 'origin'>): Accounts {
  const auth = betterAuth({
    baseURL: origin,
    secret: Buffer.from(secret).toString('base64url'),
    database: drizzleAdapter(store.db as Store['db'] & Record<string, unknown>, {
      provider: 'pg',
      schema: {
        user: tables.users,
        session: tables.sessions,
        account: tables.accounts,
        verification: tables.verifications,
      },
    }),
    emailAndPassword: {
      enabled: true,
      minPasswordLength: 12,
      maxPasswordLength: 128,
      password: { hash: hashPassword, verify: verifyPassword },
    },
    session: {
      expiresIn: 30 * day,
      updateAge: day,
      cookieCache: { enabled: true, maxAge: cookieCacheSeconds },
    },
    advanced: {
      cookiePrefix: 'bradley',
      useSecureCookies: origin.startsWith('https:'),
      defaultCookieAttributes: { sameSite: 'strict', httpOnly: true },
      ipAddress: { disableIpTracking: true },
    },
    plugins: [
      anonymous({
        emailDomainName: 'guest.invalid',
        generateName: (context) => decodeURIComponent(context.headers?.get(guestName) ?? ''),
      }),
    ],
    telemetry: { enabled: false },
    logger: { disabled: true },
  });

  const seen = sessionCache();
  return {
    async whoIs(headers) {
      const sent = headers.get('cookie');
      if (sent === null) return null;
      const known = seen.get(sent);
      if (known) return known;
      const { response, headers: set } = await auth.api.getSession({ headers, returnHeaders: true });
      const cookies = set.getSetCookie();
      if (response === null) return null;
      const { user, session } = response;
      const kind = user.isAnonymous ? 'guest' : 'user';
      const found = { actor: { kind, userId: user.id, name: user.name }, token: session.token, cookies } as const;
      if (cookies.length === 0) seen.set(sent, found);
      return found;
    },
    signUp: (body) => signed(auth.api.signUpEmail({ body, returnHeaders: true })),
    signIn: (body) => signed(auth.api.signInEmail({ body, returnHeaders: true })),
    signInGuest: (name) => {
      const headers = new Headers({ [guestName]: encodeURIComponent(name) });
      return signed(auth.api.signInAnonymous({ headers, returnHeaders: true }));
    },
    async signOut(headers) {
      seen.forget(headers.get('cookie') ?? '');
      const { headers: set } = await auth.api.signOut({ headers, returnHeaders: true });
      return set.getSetCookie();
    },
  };
}

/** What better-auth refuses, in our words. */
const refusals: Readonly<Record<string, Refusal>> = {
  INVALID_EMAIL_OR_PASSWORD: new Refusal(401, 'wrong-password', 'The e-mail address or the password is wrong.'),
  INVALID_EMAIL: new Refusal(401, 'wrong-password', 'The e-mail address or the password is wrong.'),
  USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL: new Refusal(
    409,
    'exists',
    'There is an account with this e-mail address. Sign in, then open the link again.',
  ),
};

async function signed(
  answer: Promise<{ headers: Headers; response: { user: { id: string } } | null }>,
): Promise<SignedIn> {
  try {
    const { headers, response } = await answer;
    if (response === null) throw new Error('better-auth made no session');
    return { userId: response.user.id, cookies: headers.getSetCookie() };
  } catch (error) {
    const code = error instanceof APIError ? error.body?.code : undefined;
    throw (code !== undefined && refusals[code]) || error;
  }
}
