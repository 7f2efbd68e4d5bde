import { and, desc, eq, lt } from 'drizzle-orm';
import type { Store } from './open.js';
import { audit } from './schema.js';

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

/** Entries of a project, newest first, those before `before` where it is given. */
export function listAudit({ db }: Store, projectId: string, limit: number, before?: number) {
  return db
    .select()
    .from(audit)
    .where(and(eq(audit.projectId, projectId), before === undefined ? undefined : lt(audit.seq, before)))
    .orderBy(desc(audit.seq))
    .limit(limit);
}
