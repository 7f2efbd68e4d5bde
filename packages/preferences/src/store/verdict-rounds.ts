import { and, asc, eq, isNotNull, isNull } from 'drizzle-orm';
import type { Candidate, Outcome } from '../record.js';
import type { Store } from './open.js';
import { comparisons, projects, tasks, type VerdictPair, verdictRounds } from './schema.js';

/** A pair as it was planned, with what became of it. */
export interface JudgedPair extends VerdictPair {
  readonly round: number;
  readonly taskId: string;
  /** Null until both pictures are drawn. */
  readonly candidates: readonly Candidate[] | null;
  /** The first answer that stands; null until there is one. */
  readonly outcome: Outcome | null;
}

/** The task of a pair: always the same, so that drawing it twice adds nothing. */
const taskIdOf = (projectId: string, round: number, index: number): string => `${projectId}/${round}/${index}`;

/** Plans a round; false where there is one of that number already. */
export async function planVerdictRound(
  { db }: Store,
  projectId: string,
  round: number,
  pairs: readonly VerdictPair[],
): Promise<boolean> {
  const values = { projectId, round, pairs: [...pairs] };
  const planned = await db.insert(verdictRounds).values(values).onConflictDoNothing().returning();
  return planned.length === 1;
}

/** The pairs of all rounds of a verdict, in the order that they were planned in. */
export async function verdictPairs({ db }: Store, projectId: string): Promise<JudgedPair[]> {
  const [rounds, drawn, answers] = await Promise.all([
    db.select().from(verdictRounds).where(eq(verdictRounds.projectId, projectId)).orderBy(asc(verdictRounds.round)),
    db.select({ id: tasks.id, candidates: tasks.candidates }).from(tasks).where(eq(tasks.projectId, projectId)),
    db
      .select({ taskId: comparisons.taskId, outcome: comparisons.outcome })
      .from(comparisons)
      .where(and(eq(comparisons.projectId, projectId), isNull(comparisons.withdrawnAt), isNotNull(comparisons.taskId)))
      .orderBy(asc(comparisons.seq)),
  ]);
  const candidatesOf = new Map(drawn.map(({ id, candidates }) => [id, candidates]));
  const outcomeOf = new Map(answers.toReversed().map(({ taskId, outcome }) => [taskId, outcome])); // the first one stays
  return rounds.flatMap(({ round, pairs }) =>
    pairs.map((pair, index) => {
      const taskId = taskIdOf(projectId, round, index);
      const candidates = candidatesOf.get(taskId) ?? null;
      return { ...pair, round, taskId, candidates, outcome: outcomeOf.get(taskId) ?? null };
    }),
  );
}

/** The project that judges a run, or null. */
export async function findVerdict({ db }: Store, run: string): Promise<string | null> {
  const [found] = await db
    .select({ id: projects.id })
    .from(projects)
    .where(and(eq(projects.verdictOf, run), isNull(projects.archivedAt)));
  return found?.id ?? null;
}
