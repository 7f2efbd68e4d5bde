import { and, asc, desc, eq, gt, isNull, lt, or, sql } from 'drizzle-orm';
import type { Store } from './open.js';
import { invites, projects } from './schema.js';

export type InviteRow = typeof invites.$inferSelect;

export async function createInvite({ db }: Store, invite: typeof invites.$inferInsert): Promise<InviteRow> {
  const [made] = await db.insert(invites).values(invite).returning();
  return made as InviteRow;
}

export function listInvites({ db }: Store, projectId: string): Promise<InviteRow[]> {
  return db
    .select()
    .from(invites)
    .where(eq(invites.projectId, projectId))
    .orderBy(desc(invites.createdAt), asc(invites.id));
}

/** Whether there was one to revoke. */
export async function revokeInvite({ db }: Store, projectId: string, id: string): Promise<boolean> {
  const one = and(eq(invites.projectId, projectId), eq(invites.id, id), isNull(invites.revokedAt));
  const revoked = await db.update(invites).set({ revokedAt: new Date() }).where(one).returning({ id: invites.id });
  return revoked.length === 1;
}

const isGood = () =>
  and(
    isNull(invites.revokedAt),
    gt(invites.expiresAt, new Date()),
    or(isNull(invites.uses), lt(invites.used, invites.uses)),
  );

/** The invite with the hash of a secret, where it is still good. */
export async function findInvite({ db }: Store, hash: string) {
  const [found] = await db
    .select({ invite: invites, projectName: projects.name })
    .from(invites)
    .innerJoin(projects, and(eq(projects.id, invites.projectId), isNull(projects.archivedAt)))
    .where(and(eq(invites.hash, hash), isGood()));
  return found ?? null;
}

/** Takes one use of an invite; false where there is none left, however many ask at once. */
export async function takeInvite({ db }: Store, id: string): Promise<boolean> {
  const taken = await db
    .update(invites)
    .set({ used: sql`${invites.used} + 1` })
    .where(and(eq(invites.id, id), isGood()))
    .returning({ id: invites.id });
  return taken.length === 1;
}

/** Gives back a use that was taken and came to nothing. */
export async function returnInvite({ db }: Store, id: string): Promise<void> {
  await db
    .update(invites)
    .set({ used: sql`${invites.used} - 1` })
    .where(and(eq(invites.id, id), gt(invites.used, 0)));
}
