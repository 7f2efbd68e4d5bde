import { and, desc, eq, getTableColumns, lt } from 'drizzle-orm';
import type { Store } from './open.js';
import { audit, raters } from './schema.js';

export interface AuditEntry {
  readonly projectId: string | null;
  readonly actor: string;
  /** `noun.verb`, such as `member.remove`. */
  readonly action: string;
  readonly subject: string;
  readonly detail?: Record<string, unknown>;
}

/** Notes who did what. Nothing is ever taken out of the trail. */
export async function recordAudit({ db }: Pick<Store, 'db'>, entry: AuditEntry): Promise<void> {
  await db.insert(audit).values(entry);
}

/**
 * Entries of a project, newest first, those before `before` where it is given; with the name that the actor has in the project, where
 * that is still known.
 */
export function listAudit({ db }: Store, projectId: string, limit: number, before?: number) {
  return db
    .select({ ...getTableColumns(audit), actorName: raters.name })
    .from(audit)
    .leftJoin(raters, and(eq(raters.projectId, audit.projectId), eq(raters.userId, audit.actor)))
    .where(and(eq(audit.projectId, projectId), before === undefined ? undefined : lt(audit.seq, before)))
    .orderBy(desc(audit.seq))
    .limit(limit);
}
