import { and, asc, count, eq, gt, isNotNull, isNull, max, sql } from 'drizzle-orm';
import type { Candidate, Outcome } from '../record.js';
import type { Store } from './open.js';
import { comparisons, type Purpose, raters, tasks } from './schema.js';

/** What statistics need of a comparison. */
export interface InsightRow {
  readonly seq: number;
  readonly taskId: string | null;
  readonly prompt: string;
  readonly candidates: Candidate[];
  readonly outcome: Outcome;
  readonly question: string;
  readonly raterId: string | null;
  /** When it was made, or else when it arrived, as YYYY-MM-DD in UTC. */
  readonly day: string;
  readonly milliseconds: number | null;
  readonly shown: number[] | null;
  readonly purpose: Purpose;
}

/** The comparisons of a project that stand and arrived after one, in the order of arrival. */
export async function insightRows({ db }: Store, projectId: string, seq: number, limit: number): Promise<InsightRow[]> {
  const { taskId, prompt, candidates, outcome, question, raterId, milliseconds, shown, purpose } = comparisons;
  const day = sql<string>`to_char(coalesce(${comparisons.at}, ${comparisons.receivedAt}) at time zone 'UTC', 'YYYY-MM-DD')`;
  return db
    .select({
      ...{ seq: comparisons.seq, taskId, prompt, candidates, outcome, question, raterId, day },
      ...{ milliseconds, shown, purpose },
    })
    .from(comparisons)
    .where(and(eq(comparisons.projectId, projectId), gt(comparisons.seq, seq), isNull(comparisons.withdrawnAt)))
    .orderBy(asc(comparisons.seq))
    .limit(limit);
}

/** Changes with every change of a project's comparisons: how many there are, and how often they were withdrawn and corrected. */
export interface Tally {
  readonly comparisons: number;
  readonly withdrawn: number;
  readonly corrections: number;
  readonly anonymous: number;
  readonly last: number;
}

export async function tallyComparisons({ db }: Store, projectId: string): Promise<Tally> {
  const [row] = await db
    .select({
      comparisons: sql<number>`(count(*) filter (where ${comparisons.withdrawnAt} is null))::int`,
      withdrawn: count(comparisons.withdrawnAt),
      corrections: sql<number>`coalesce(sum(${comparisons.corrections}), 0)::int`,
      anonymous: sql<number>`(count(*) filter (where ${comparisons.raterId} is null))::int`,
      last: max(comparisons.seq),
    })
    .from(comparisons)
    .where(eq(comparisons.projectId, projectId));
  return { comparisons: 0, withdrawn: 0, corrections: 0, anonymous: 0, ...row, last: row?.last ?? 0 };
}

/** The names of a project's raters, by their id. */
export async function raterNames({ db }: Store, projectId: string): Promise<Map<string, string>> {
  const rows = await db
    .select({ id: raters.id, name: raters.name })
    .from(raters)
    .where(eq(raters.projectId, projectId));
  return new Map(rows.map(({ id, name }) => [id, name]));
}

/** The known answers of a project's gold and attention tasks, by task. */
export async function expectedAnswers({ db }: Store, projectId: string): Promise<Map<string, Outcome>> {
  const rows = await db
    .select({ id: tasks.id, expected: tasks.expected })
    .from(tasks)
    .where(and(eq(tasks.projectId, projectId), isNotNull(tasks.expected)));
  return new Map(rows.flatMap(({ id, expected }) => (expected ? [[id, expected] as const] : [])));
}
