import { and, eq, inArray } from 'drizzle-orm';
import { isSha256 } from '../media-path.js';
import type { Outcome } from '../record.js';
import { recordAudit } from './audit.js';
import type { ComparisonRow } from './comparisons.js';
import type { Store } from './open.js';
import { media, tasks } from './schema.js';

/** What makes a task a test of its raters. */
export interface KnownAnswer {
  readonly purpose: 'gold' | 'attention';
  readonly expected: Outcome;
}

/** The task that is made of a comparison that came without one, by an import or a product. */
export const taskOfComparison = ({ projectId, id }: Pick<ComparisonRow, 'projectId' | 'id'>): string =>
  `known:${projectId}:${id}`;

/**
 * Makes what a comparison compares a task whose answer is known, or with null takes that back. A comparison of a task changes that
 * task; of any other a task is made, where its candidates are kept here. Answers that were given before stay what they were. Returns the task's
 * id, or null where the candidates cannot be shown.
 */
export async function setKnownAnswer(
  store: Store,
  comparison: ComparisonRow,
  known: KnownAnswer | null,
  actor: string,
): Promise<string | null> {
  const { projectId, id, taskId, prompt, candidates } = comparison;
  return store.db.transaction(async (transaction) => {
    const change = { purpose: known?.purpose ?? ('ordinary' as const), expected: known?.expected ?? null };
    const own = await transaction
      .update(tasks)
      .set(change)
      .where(and(eq(tasks.projectId, projectId), eq(tasks.id, taskId ?? '')))
      .returning({ id: tasks.id });
    const made = taskOfComparison(comparison);
    if (own.length === 0 && known === null)
      await transaction.update(tasks).set({ retiredAt: new Date() }).where(eq(tasks.id, made));
    if (own.length === 0 && known !== null) {
      const files = candidates.filter(({ kind }) => kind !== 'text').map((one) => one.media);
      if (!files.every(isSha256) || !(await areKept({ db: transaction }, files))) return null;
      await transaction
        .insert(tasks)
        .values({ id: made, projectId, prompt, candidates, ...change })
        .onConflictDoUpdate({ target: tasks.id, set: { ...change, retiredAt: null } });
    }
    const action = known ? 'task.known' : 'task.ordinary';
    await recordAudit({ db: transaction }, { projectId, actor, action, subject: id, detail: { ...known } });
    return own[0]?.id ?? made;
  });
}

async function areKept({ db }: Pick<Store, 'db'>, files: readonly string[]): Promise<boolean> {
  const wanted = [...new Set(files)];
  if (wanted.length === 0) return true;
  const kept = await db.select({ sha256: media.sha256 }).from(media).where(inArray(media.sha256, wanted));
  return kept.length === wanted.length;
}
