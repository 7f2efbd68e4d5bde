import { and, count, desc, eq, gt, inArray, isNotNull, isNull, max, ne, notInArray, sql } from 'drizzle-orm';
import type { Store } from './open.js';
import { comparisons, type Purpose, raters } from './schema.js';

/** One answer to a question of a task. */
export interface TaskAnswer {
  readonly seq: number;
  readonly taskId: string;
  readonly raterId: string;
  readonly question: string;
  readonly kind: string;
  readonly purpose: Purpose;
  /** How many candidates there were. */
  readonly size: number;
}

const fields = {
  seq: comparisons.seq,
  taskId: sql<string>`${comparisons.taskId}`,
  raterId: sql<string>`${comparisons.raterId}`,
  question: comparisons.question,
  kind: sql<string>`${comparisons.outcome} ->> 'kind'`,
  purpose: comparisons.purpose,
  size: sql<number>`jsonb_array_length(${comparisons.candidates})`,
};
const standing = and(isNull(comparisons.withdrawnAt), isNotNull(comparisons.taskId), isNotNull(comparisons.raterId));

/** Answers to the tasks of a project that arrived after one, in the order of arrival. Withdrawn ones are left out. */
export function answersAfter({ db }: Store, projectId: string, seq: number, limit: number): Promise<TaskAnswer[]> {
  return db
    .select(fields)
    .from(comparisons)
    .where(and(eq(comparisons.projectId, projectId), gt(comparisons.seq, seq), standing))
    .orderBy(comparisons.seq)
    .limit(limit);
}

/** The latest answers of a rater, newest first. */
export function latestAnswers({ db }: Store, projectId: string, raterId: string, limit: number): Promise<TaskAnswer[]> {
  return db
    .select(fields)
    .from(comparisons)
    .where(and(eq(comparisons.projectId, projectId), eq(comparisons.raterId, raterId), standing))
    .orderBy(desc(comparisons.seq))
    .limit(limit);
}

/** Whether a rater has answered one of these questions of a task already, by other comparisons than `ids`. Repeats do not count. */
export async function hasAnswered(
  { db }: Store,
  task: { readonly projectId: string; readonly taskId: string; readonly raterId: string; readonly questions: string[] },
  ids: readonly string[],
): Promise<boolean> {
  const found = await db
    .select({ id: comparisons.id })
    .from(comparisons)
    .where(
      and(
        eq(comparisons.taskId, task.taskId),
        eq(comparisons.projectId, task.projectId),
        eq(comparisons.raterId, task.raterId),
        inArray(comparisons.question, task.questions),
        ne(comparisons.purpose, 'repeat'),
        notInArray(comparisons.id, [...ids]),
        isNull(comparisons.withdrawnAt),
      ),
    )
    .limit(1);
  return found.length > 0;
}

/** The number of the last comparison that arrived in a project; 0 where there is none. */
export async function lastSeq({ db }: Store, projectId: string): Promise<number> {
  const [row] = await db
    .select({ last: max(comparisons.seq) })
    .from(comparisons)
    .where(eq(comparisons.projectId, projectId));
  return row?.last ?? 0;
}

/** What is known of a rater before the next choice: how many comparisons stand, and the sha256 of the text agreed to. */
export async function raterStanding(
  { db }: Store,
  projectId: string,
  raterId: string,
): Promise<{ done: number; consent: string | null }> {
  const stand = db
    .select({ n: count() })
    .from(comparisons)
    .where(
      and(eq(comparisons.projectId, projectId), eq(comparisons.raterId, raterId), isNull(comparisons.withdrawnAt)),
    );
  const [rater] = await db
    .select({ consent: raters.consent, done: sql<number>`(${stand})::int` })
    .from(raters)
    .where(and(eq(raters.projectId, projectId), eq(raters.id, raterId)));
  return rater ?? { done: 0, consent: null };
}

/** Notes that a rater agreed to a text, by its sha256. */
export async function recordConsent({ db }: Store, projectId: string, raterId: string, sha256: string): Promise<void> {
  await db
    .update(raters)
    .set({ consent: sha256, consentAt: new Date() })
    .where(and(eq(raters.projectId, projectId), eq(raters.id, raterId)));
}
