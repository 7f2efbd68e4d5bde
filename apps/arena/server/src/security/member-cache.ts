import type { Store } from '@bradley/preferences';
import type { Member } from '../env.js';

/** Who is what in which project, remembered for a moment so that a vote costs no query for it. */
export interface MemberCache {
  get(projectId: string, userId: string): Member | null;
  set(userId: string, member: Member): void;
  /** To be called with every change of a member. */
  forget(): void;
}

/** Other servers on the same database change members too: what is remembered is that old at most. A folder has one owner, who forgets. */
const milliseconds = { postgres: 5000, pglite: 600_000 };
const most = 10_000;

export function memberCache(kind: Store['kind'], now: () => number = Date.now): MemberCache {
  const kept = new Map<string, { member: Member; until: number }>();
  const keyOf = (projectId: string, userId: string) => JSON.stringify([projectId, userId]);
  return {
    get(projectId, userId) {
      const found = kept.get(keyOf(projectId, userId));
      return found && found.until > now() ? found.member : null;
    },
    set(userId, member) {
      if (kept.size >= most) kept.clear();
      kept.set(keyOf(member.projectId, userId), { member, until: now() + milliseconds[kind] });
    },
    forget: () => kept.clear(),
  };
}
