import { and, asc, eq, gt, inArray, isNull, lte, max, sql } from 'drizzle-orm';
import type { Comparison, OutcomeKind } from '../record.js';
import type { Store } from './open.js';
import { comparisons, type Purpose } from './schema.js';

/** Which comparisons of a project; without it the ordinary ones that were not withdrawn. */
export interface ExportFilter {
  readonly questions?: readonly string[];
  readonly kinds?: readonly OutcomeKind[];
  /** Gold, attention and repeated tasks are left out unless they are named. */
  readonly purposes?: readonly Purpose[];
  readonly raters?: readonly string[];
  /** Such as `arena`: what was chosen on its page. */
  readonly sources?: readonly string[];
  readonly withdrawn?: boolean;
}

export interface ExportOptions {
  readonly projectId: string;
  readonly filter?: ExportFilter;
}

export type StoredComparison = typeof comparisons.$inferSelect;

const batchRows = 2000;

/** The comparisons of a project in order of arrival, as far as they had arrived when the first is asked for; a batch in memory. */
export async function* storedComparisons(
  { db }: Store,
  { projectId, filter = {} }: ExportOptions,
): AsyncGenerator<StoredComparison, void> {
  const { questions, kinds, raters, sources, purposes = ['ordinary'], withdrawn = false } = filter;
  const [end] = await db
    .select({ seq: max(comparisons.seq) })
    .from(comparisons)
    .where(eq(comparisons.projectId, projectId));
  const wanted = and(
    eq(comparisons.projectId, projectId),
    inArray(comparisons.purpose, [...purposes]),
    ...(withdrawn ? [] : [isNull(comparisons.withdrawnAt)]),
    ...(questions ? [inArray(comparisons.question, [...questions])] : []),
    ...(raters ? [inArray(comparisons.raterId, [...raters])] : []),
    ...(sources ? [inArray(comparisons.source, [...sources])] : []),
    ...(kinds ? [inArray(sql`${comparisons.outcome} ->> 'kind'`, [...kinds])] : []),
  );
  for (let seq = 0; ; ) {
    const rows = await db
      .select()
      .from(comparisons)
      .where(and(wanted, gt(comparisons.seq, seq), lte(comparisons.seq, end?.seq ?? 0)))
      .orderBy(asc(comparisons.seq))
      .limit(batchRows);
    yield* rows;
    seq = rows.at(-1)?.seq ?? 0;
    if (rows.length < batchRows) return;
  }
}

/** The comparison records of a project, for any writer. Their media are sha256s of the media store, addresses, or texts. */
export async function* exportComparisons(store: Store, options: ExportOptions): AsyncGenerator<Comparison, void> {
  for await (const row of storedComparisons(store, options)) yield recordOf(row);
}

/** The record of a row: what the store keeps beside it is left out. */
export function recordOf(row: StoredComparison): Comparison {
  const { id, prompt, candidates, outcome, question, raterId, session, at, milliseconds, shown } = row;
  return {
    ...{ id, prompt, candidates, outcome, question },
    ...(raterId !== null && { rater: raterId }),
    ...(session !== null && { session }),
    ...(at !== null && { at: at.toISOString() }),
    ...(milliseconds !== null && { milliseconds }),
    ...(shown !== null && { shown }),
  };
}
