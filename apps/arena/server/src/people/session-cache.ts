import type { Session } from './accounts.js';

/** Who sent which cookies, remembered for a moment: checking their signatures costs more than recording a vote. */
export interface SessionCache {
  get(cookies: string): Session | null;
  set(cookies: string, session: Session): void;
  forget(cookies: string): void;
}

/** Short beside the two minutes for which the browser's own signed memory of a session is good. */
const milliseconds = 10_000;
const most = 10_000;

export function sessionCache(now: () => number = Date.now): SessionCache {
  const kept = new Map<string, { session: Session; until: number }>();
  return {
    get(cookies) {
      const found = kept.get(cookies);
      return found && found.until > now() ? found.session : null;
    },
    set(cookies, session) {
      kept.delete(cookies);
      kept.set(cookies, { session, until: now() + milliseconds });
      if (kept.size > most) for (const oldest of kept.keys()) if (kept.delete(oldest)) break;
    },
    forget: (cookies) => kept.delete(cookies),
  };
}
