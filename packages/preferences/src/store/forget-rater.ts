import { and, eq } from 'drizzle-orm';
import { recordAudit } from './audit.js';
import type { Store } from './open.js';
import { comparisons, raters } from './schema.js';

/** `delete` removes what the rater chose; `anonymize` keeps it as nobody's, without session, for good. */
export type Forgetting = 'delete' | 'anonymize';

/**
 * Forgets a rater of a project: the person's row, and the choices or who made them. Returns how many comparisons that were; 0 for a rater that is
 * not there. Snapshots that were frozen before are not changed: delete their folders where that is asked for. An account that raters of
 * several projects share stays.
 */
export async function forgetRater(
  { db }: Store,
  projectId: string,
  raterId: string,
  how: Forgetting,
  actor: string,
): Promise<number> {
  return db.transaction(async (transaction) => {
    const theirs = and(eq(comparisons.projectId, projectId), eq(comparisons.raterId, raterId));
    const rows = await (how === 'delete'
      ? transaction.delete(comparisons).where(theirs).returning({ seq: comparisons.seq })
      : transaction
          .update(comparisons)
          .set({ raterId: null, session: null })
          .where(theirs)
          .returning({ seq: comparisons.seq }));
    const gone = await transaction
      .delete(raters)
      .where(and(eq(raters.projectId, projectId), eq(raters.id, raterId)))
      .returning({ id: raters.id });
    if (gone.length + rows.length > 0)
      await recordAudit(
        { db: transaction },
        { projectId, actor, action: 'rater.forget', subject: raterId, detail: { how, comparisons: rows.length } },
      );
    return rows.length;
  });
}
