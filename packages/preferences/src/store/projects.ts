import { and, asc, eq, isNull, or, sql } from 'drizzle-orm';
import type { Store } from './open.js';
import { comparisons, projects, raters, tasks } from './schema.js';

export type ProjectRow = typeof projects.$inferSelect;

/** A project with what is in it, as one of its members sees it. */
export interface ProjectOverview extends ProjectRow {
  readonly role: 'owner' | 'rater' | 'viewer';
  readonly comparisons: number;
  readonly tasks: number;
}

/** Makes a project; false where there is one of that id already. */
export async function createProject(
  { db }: Pick<Store, 'db'>,
  project: Pick<ProjectRow, 'id' | 'name' | 'settings'> & { verdictOf?: string },
): Promise<boolean> {
  const made = await db.insert(projects).values(project).onConflictDoNothing().returning({ id: projects.id });
  return made.length === 1;
}

/** A project, archived or not. */
export async function findProject({ db }: Store, id: string): Promise<ProjectRow | null> {
  const [found] = await db.select().from(projects).where(eq(projects.id, id));
  return found ?? null;
}

export async function changeProject(
  { db }: Store,
  id: string,
  change: Partial<Pick<ProjectRow, 'name' | 'settings'>>,
): Promise<void> {
  await db.update(projects).set(change).where(eq(projects.id, id));
}

/**
 * The projects that a user is a member of, or one of them; every project where `userId` is null, as its owner. Those that are archived are
 * there for owners only.
 */
export async function projectOverviews(
  { db }: Store,
  userId: string | null,
  projectId?: string,
): Promise<ProjectOverview[]> {
  const rows = await db
    .select({
      project: projects,
      role: userId === null ? sql<'owner'>`'owner'` : raters.role,
      comparisons: sql<number>`(select count(*)::int from ${comparisons} where ${comparisons.projectId} = ${projects.id} and ${comparisons.withdrawnAt} is null)`,
      tasks: sql<number>`(select count(*)::int from ${tasks} where ${tasks.projectId} = ${projects.id} and ${tasks.retiredAt} is null)`,
    })
    .from(projects)
    .leftJoin(raters, and(eq(raters.projectId, projects.id), eq(raters.userId, userId ?? '')))
    .where(
      and(
        userId === null ? undefined : or(isNull(projects.archivedAt), eq(raters.role, 'owner')),
        projectId === undefined ? undefined : eq(projects.id, projectId),
        userId === null ? undefined : eq(raters.userId, userId),
      ),
    )
    .orderBy(asc(projects.createdAt), asc(projects.id));
  return rows.map(({ project, role, ...counts }) => ({ ...project, ...counts, role: role as ProjectOverview['role'] }));
}
