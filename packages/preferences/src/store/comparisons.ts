import { and, count, desc, eq, inArray, isNotNull, isNull, lt, type SQL, sql } from 'drizzle-orm';
import type { Outcome, OutcomeKind } from '../record.js';
import { recordAudit } from './audit.js';
import type { Store } from './open.js';
import { comparisons, media, type Purpose, raters, tasks } from './schema.js';

export type ComparisonRow = typeof comparisons.$inferSelect;

/** Which comparisons; what is absent does not matter. */
export interface ComparisonFilter {
  readonly id?: string | undefined;
  /** Part of the prompt, in any case. */
  readonly prompt?: string | undefined;
  readonly question?: string | undefined;
  readonly rater?: string | undefined;
  readonly kind?: OutcomeKind | undefined;
  /** Of any of the candidates. */
  readonly model?: string | undefined;
  readonly purpose?: Purpose | undefined;
  readonly withdrawn?: boolean | undefined;
}

/** For each part of a filter, what it asks of a row. */
const conditions: { readonly [Part in keyof ComparisonFilter]-?: (value: NonNullable<ComparisonFilter[Part]>) => SQL } =
  {
    id: (id) => eq(comparisons.id, id),
    prompt: (part) => sql`strpos(lower(${comparisons.prompt}), lower(${part})) > 0`,
    question: (question) => eq(comparisons.question, question),
    rater: (rater) => eq(comparisons.raterId, rater),
    kind: (kind) => sql`${comparisons.outcome} ->> 'kind' = ${kind}`,
    model: (model) => sql`${comparisons.candidates} @> ${JSON.stringify([{ model }])}::jsonb`,
    purpose: (purpose) => eq(comparisons.purpose, purpose),
    withdrawn: (withdrawn) => (withdrawn ? isNotNull : isNull)(comparisons.withdrawnAt),
  };

function where(projectId: string, filter: ComparisonFilter): SQL | undefined {
  const parts = Object.entries(filter).flatMap(([part, value]) => {
    const condition = conditions[part as keyof ComparisonFilter] as (value: unknown) => SQL;
    return value === undefined ? [] : [condition(value)];
  });
  return and(eq(comparisons.projectId, projectId), ...parts);
}

/** With the name of the rater, where one is known, and whether what it compares tests raters by now, with which answer. */
export type BrowsedComparison = ComparisonRow & {
  readonly raterName: string | null;
  readonly known: { readonly purpose: Exclude<Purpose, 'repeat'>; readonly expected: Outcome | null } | null;
};

/** Comparisons as they are browsed, newest first, those that arrived before `before` where it is given. */
export async function browseComparisons(
  { db }: Store,
  projectId: string,
  filter: ComparisonFilter,
  { before, limit }: { before?: number | undefined; limit: number },
): Promise<BrowsedComparison[]> {
  const rows = await db
    .select({
      ...{ comparison: comparisons, raterName: raters.name },
      known: { purpose: tasks.purpose, expected: tasks.expected },
    })
    .from(comparisons)
    .leftJoin(raters, eq(raters.id, comparisons.raterId))
    .leftJoin(tasks, and(eq(tasks.id, taskId), isNotNull(tasks.expected), isNull(tasks.retiredAt)))
    .where(and(where(projectId, filter), before === undefined ? undefined : lt(comparisons.seq, before)))
    .orderBy(desc(comparisons.seq))
    .limit(limit);
  return rows.map(({ comparison, ...rest }) => ({ ...comparison, ...rest }));
}

/** The task of a comparison, or the one that was made of it: see `taskOfComparison`. */
const taskId = sql`coalesce(${comparisons.taskId}, 'known:' || ${comparisons.projectId} || ':' || ${comparisons.id})`;

export async function countComparisons({ db }: Store, projectId: string, filter: ComparisonFilter): Promise<number> {
  const [row] = await db.select({ n: count() }).from(comparisons).where(where(projectId, filter));
  return row?.n ?? 0;
}

/** The types of media that the store keeps, by their sha256. */
export async function mediaTypes({ db }: Store, sha256s: readonly string[]): Promise<Map<string, string>> {
  if (sha256s.length === 0) return new Map();
  const rows = await db
    .select({ sha256: media.sha256, type: media.type })
    .from(media)
    .where(inArray(media.sha256, [...new Set(sha256s)]));
  return new Map(rows.map(({ sha256, type }) => [sha256, type]));
}

export async function findComparison({ db }: Store, projectId: string, id: string): Promise<ComparisonRow | null> {
  const [row] = await db
    .select()
    .from(comparisons)
    .where(and(eq(comparisons.projectId, projectId), eq(comparisons.id, id)));
  return row ?? null;
}

/** Withdraws comparisons that stand; the ids of those that did. They stay in the store, and are counted and trained on no more. */
export async function withdrawComparisons(
  { db }: Pick<Store, 'db'>,
  projectId: string,
  ids: readonly string[],
): Promise<string[]> {
  const rows = await db
    .update(comparisons)
    .set({ withdrawnAt: new Date() })
    .where(
      and(eq(comparisons.projectId, projectId), inArray(comparisons.id, [...ids]), isNull(comparisons.withdrawnAt)),
    )
    .returning({ id: comparisons.id });
  return rows.map(({ id }) => id);
}

/** Which comparison is changed, by whom, and why: for the audit trail. */
export interface ComparisonEdit {
  readonly projectId: string;
  readonly id: string;
  readonly actor: string;
  readonly reason: string;
}

/** Another outcome for a comparison. What it was is in the audit trail. Null where there is no such comparison. */
export async function correctComparison(
  { db }: Store,
  { projectId, id, actor, reason }: ComparisonEdit,
  outcome: Outcome,
): Promise<ComparisonRow | null> {
  return db.transaction(async (transaction) => {
    const same = and(eq(comparisons.projectId, projectId), eq(comparisons.id, id));
    const [before] = await transaction.select().from(comparisons).where(same).for('update');
    if (!before) return null;
    const [after] = await transaction
      .update(comparisons)
      .set({ outcome, corrections: sql`${comparisons.corrections} + 1` })
      .where(same)
      .returning();
    const detail = { before: before.outcome, after: outcome, reason };
    await recordAudit({ db: transaction }, { projectId, actor, action: 'comparison.correct', subject: id, detail });
    return after ?? null;
  });
}

/** Withdraws or restores a comparison. Null where there is none; one that is that way already stays, without an entry. */
export async function setWithdrawn(
  { db }: Store,
  { projectId, id, actor, reason }: ComparisonEdit,
  withdrawn: boolean,
): Promise<ComparisonRow | null> {
  return db.transaction(async (transaction) => {
    const same = and(eq(comparisons.projectId, projectId), eq(comparisons.id, id));
    const [before] = await transaction.select().from(comparisons).where(same).for('update');
    if (!before || (before.withdrawnAt !== null) === withdrawn) return before ?? null;
    const [after] = await transaction
      .update(comparisons)
      .set({ withdrawnAt: withdrawn ? new Date() : null })
      .where(same)
      .returning();
    const action = withdrawn ? 'comparison.withdraw' : 'comparison.restore';
    await recordAudit({ db: transaction }, { projectId, actor, action, subject: id, detail: { reason } });
    return after ?? null;
  });
}
