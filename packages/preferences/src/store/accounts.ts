import { randomUUID } from 'node:crypto';
import { and, count, eq, lt, notExists, sql } from 'drizzle-orm';
import type { Store } from './open.js';
import { accounts, projects, raters, users, verifications } from './schema.js';

/** Whether anybody has an account with a password: until then the first may be made. */
export async function hasAccounts({ db }: Store): Promise<boolean> {
  const [found] = await db.select({ n: count() }).from(accounts);
  return (found?.n ?? 0) > 0;
}

const setUpClaim = 'set-up';

/** Longer than it takes to make an account. */
const claimMs = 60_000;

/** Of several that set up at once, says true to one; `release` lets the next try where it failed, and a minute where it was killed. */
export async function claimSetUp({ db }: Store): Promise<boolean> {
  const expiresAt = new Date(Date.now() + claimMs);
  const claimed = await db
    .insert(verifications)
    .values({ id: setUpClaim, identifier: setUpClaim, value: '', expiresAt })
    .onConflictDoUpdate({
      target: verifications.id,
      set: { expiresAt },
      setWhere: lt(verifications.expiresAt, new Date()),
    })
    .returning();
  return claimed.length === 1;
}

export async function releaseSetUp({ db }: Store): Promise<void> {
  await db.delete(verifications).where(eq(verifications.id, setUpClaim));
}

/** Makes a user what `local` was, who is the person of an arena without accounts, and the owner of projects that have none. */
export async function adoptProjects({ db }: Store, userId: string, name: string): Promise<void> {
  await db.transaction(async (transaction) => {
    await transaction.update(raters).set({ userId, name }).where(eq(raters.userId, 'local'));
    const owned = transaction
      .select({ one: sql`1` })
      .from(raters)
      .where(and(eq(raters.projectId, projects.id), eq(raters.role, 'owner'), sql`${raters.userId} is not null`));
    const orphans = await transaction.select({ projectId: projects.id }).from(projects).where(notExists(owned));
    for (const { projectId } of orphans)
      await transaction.insert(raters).values({ id: randomUUID(), projectId, userId, name, role: 'owner' });
  });
}

/** Deletes a guest who is in no project any more, with the sessions; an account with a password stays. */
export async function deleteLoneGuest({ db }: Store, userId: string): Promise<void> {
  const elsewhere = db.select({ one: sql`1` }).from(raters).where(eq(raters.userId, users.id));
  await db.delete(users).where(and(eq(users.id, userId), eq(users.isAnonymous, true), notExists(elsewhere)));
}

/** The account of a rater, where there is one. */
export async function userOfRater({ db }: Store, projectId: string, raterId: string) {
  const [found] = await db
    .select({ userId: raters.userId, role: raters.role })
    .from(raters)
    .where(and(eq(raters.projectId, projectId), eq(raters.id, raterId)));
  return found ?? null;
}
