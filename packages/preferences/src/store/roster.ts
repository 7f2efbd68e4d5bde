import { and, asc, count, eq, isNotNull, sql } from 'drizzle-orm';
import type { MemberRow } from './members.js';
import type { Store } from './open.js';
import { comparisons, projects, raters } from './schema.js';

/** The people of a project: not the raters of imports and of products, who cannot come in. */
export function listMembers({ db }: Store, projectId: string) {
  return db
    .select({
      rater: raters.id,
      name: raters.name,
      role: raters.role,
      joinedAt: raters.createdAt,
      comparisons: sql<number>`(select count(*)::int from ${comparisons} where ${comparisons.projectId} = ${raters.projectId} and ${comparisons.raterId} = ${raters.id} and ${comparisons.withdrawnAt} is null)`,
    })
    .from(raters)
    .where(and(eq(raters.projectId, projectId), isNotNull(raters.userId)))
    .orderBy(asc(raters.createdAt), asc(raters.id));
}

/** The raters of a project, those who can come in first and by name; and how many there are, of which products may have very many. */
export async function listRaters(
  { db }: Store,
  projectId: string,
  limit: number,
): Promise<{ raters: { id: string; name: string }[]; total: number }> {
  const theirs = eq(raters.projectId, projectId);
  const listed = await db
    .select({ id: raters.id, name: raters.name })
    .from(raters)
    .where(theirs)
    .orderBy(sql`${raters.userId} is null`, asc(raters.name), asc(raters.id))
    .limit(limit);
  const [all] = await db.select({ n: count() }).from(raters).where(theirs);
  return { raters: listed, total: all?.n ?? 0 };
}

export type RosterChange = 'changed' | 'unknown' | 'last-owner';

/** Gives a member another role, or with null takes the membership away; a project keeps an owner. */
export async function changeMember(
  { db }: Store,
  projectId: string,
  raterId: string,
  role: MemberRow['role'] | null,
): Promise<RosterChange> {
  return db.transaction(async (transaction) => {
    await transaction.select().from(projects).where(eq(projects.id, projectId)).for('update'); // one change at a time
    const one = and(eq(raters.projectId, projectId), eq(raters.id, raterId), isNotNull(raters.userId));
    const [found] = await transaction.select({ role: raters.role }).from(raters).where(one);
    if (!found) return 'unknown';
    if (found.role === 'owner' && role !== 'owner' && (await countOwners({ db: transaction }, projectId)) === 1)
      return 'last-owner';
    await transaction
      .update(raters)
      .set(role === null ? { userId: null } : { role })
      .where(one);
    return 'changed';
  });
}

export async function countOwners({ db }: Pick<Store, 'db'>, projectId: string): Promise<number> {
  const owner = and(eq(raters.projectId, projectId), eq(raters.role, 'owner'), isNotNull(raters.userId));
  const [found] = await db.select({ owners: count() }).from(raters).where(owner);
  return found?.owners ?? 0;
}
