import { and, asc, eq, isNull } from 'drizzle-orm';
import type { MemberRow } from './members.js';
import type { Store } from './open.js';
import { projects, raters, trainings } from './schema.js';

export type TrainingRow = typeof trainings.$inferSelect;

/** Notes that a run trains on a project's choices. */
export async function addTraining({ db }: Store, training: Omit<TrainingRow, 'createdAt'>): Promise<void> {
  await db.insert(trainings).values(training);
}

/** The trainings of a project, oldest first. */
export function listTrainings({ db }: Store, projectId: string): Promise<TrainingRow[]> {
  return db
    .select()
    .from(trainings)
    .where(eq(trainings.projectId, projectId))
    .orderBy(asc(trainings.createdAt), asc(trainings.run));
}

export async function findTraining({ db }: Store, run: string): Promise<TrainingRow | null> {
  const [found] = await db.select().from(trainings).where(eq(trainings.run, run));
  return found ?? null;
}

/** Which project each run was started from, of all projects or of those that a user is in, with his role there. */
export async function projectsOfRuns(
  { db }: Store,
  userId: string | null,
): Promise<Map<string, { projectId: string; role: MemberRow['role'] }>> {
  const rows =
    userId === null
      ? (await db.select({ run: trainings.run, projectId: trainings.projectId }).from(trainings)).map((row) => ({
          ...row,
          role: 'owner' as const,
        }))
      : await db
          .select({ run: trainings.run, projectId: trainings.projectId, role: raters.role })
          .from(trainings)
          .innerJoin(projects, eq(projects.id, trainings.projectId))
          .innerJoin(raters, eq(raters.projectId, trainings.projectId))
          .where(and(eq(raters.userId, userId), isNull(projects.archivedAt)));
  return new Map(rows.map(({ run, ...of }) => [run, of]));
}
