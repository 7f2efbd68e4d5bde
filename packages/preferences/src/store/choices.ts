import { and, eq, inArray, isNull, lte, type SQL, sql } from 'drizzle-orm';
import type { Store } from './open.js';
import { comparisons } from './schema.js';

/** Which choices a taste is learnt from: decided ones that were made here, between pictures that the store keeps, on one question. */
function trainable(projectId: string, question: string, until?: Date): SQL | undefined {
  return and(
    eq(comparisons.projectId, projectId),
    eq(comparisons.question, question),
    eq(comparisons.source, 'arena'),
    eq(comparisons.purpose, 'ordinary'),
    isNull(comparisons.withdrawnAt),
    inArray(sql`${comparisons.outcome} ->> 'kind'`, ['winner', 'ranking']),
    sql`not exists (select from jsonb_array_elements(${comparisons.candidates}) as one
      where one ? 'kind' or one ->> 'media' !~ '^[0-9a-f]{64}$')`,
    until && lte(comparisons.receivedAt, until),
  );
}

/** How many choices of a project a taste could be learnt from. */
export async function countTrainable({ db }: Store, projectId: string, question: string): Promise<number> {
  const [row] = await db
    .select({ n: sql<number>`count(*)::int` })
    .from(comparisons)
    .where(trainable(projectId, question));
  return row?.n ?? 0;
}

/** The prompts of the choices that had arrived by a time, each once. */
export async function trainablePrompts(
  { db }: Store,
  projectId: string,
  question: string,
  until: Date,
): Promise<string[]> {
  const rows = await db
    .selectDistinct({ prompt: comparisons.prompt })
    .from(comparisons)
    .where(trainable(projectId, question, until))
    .orderBy(comparisons.prompt);
  return rows.map(({ prompt }) => prompt);
}
