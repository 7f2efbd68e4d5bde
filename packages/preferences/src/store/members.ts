import { randomUUID } from 'node:crypto';
import { and, eq, sql } from 'drizzle-orm';
import type { Store } from './open.js';
import { projects, raters } from './schema.js';

export interface MemberRow {
  readonly projectId: string;
  readonly raterId: string;
  readonly role: 'owner' | 'rater' | 'viewer';
  /** Whether the project is archived: hidden but from its owners, who can read it and nothing else. */
  readonly archived: boolean;
}

/** What a user is in a project, or null: not a member, or there is no such project. */
export async function findMember({ db }: Store, projectId: string, userId: string): Promise<MemberRow | null> {
  const [found] = await db
    .select({
      ...{ projectId: raters.projectId, raterId: raters.id, role: raters.role },
      archived: sql<boolean>`${projects.archivedAt} is not null`,
    })
    .from(raters)
    .innerJoin(projects, eq(projects.id, raters.projectId))
    .where(and(eq(raters.projectId, projectId), eq(raters.userId, userId)));
  return found ?? null;
}

/** Makes a user a member; one who is already stays as he is. Null where there is no such project. */
export async function joinProject(
  store: Store,
  { projectId, userId, name, role }: { projectId: string; userId: string; name: string; role: MemberRow['role'] },
): Promise<MemberRow | null> {
  const found = await findMember(store, projectId, userId);
  if (found) return found;
  const [project] = await store.db.select({ id: projects.id }).from(projects).where(eq(projects.id, projectId));
  if (!project) return null;
  await store.db.insert(raters).values({ id: randomUUID(), projectId, userId, name, role }).onConflictDoNothing();
  return findMember(store, projectId, userId);
}

/** Makes raters of these ids where there are none: of a product's users nothing is known but that they are different. */
export async function nameRaters({ db }: Store, projectId: string, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const values = ids.map((id) => ({ id, projectId, name: `User ${id.slice(0, 6)}` }));
  await db.insert(raters).values(values).onConflictDoNothing();
}
