import { and, eq, inArray, isNotNull, isNull, or, sql } from 'drizzle-orm';
import { recordAudit } from './audit.js';
import type { Store } from './open.js';
import { apiKeys, audit, idempotentAnswers, projects, trainings } from './schema.js';

/** Which project, and who ends it. */
export interface ProjectEnd {
  readonly projectId: string;
  readonly actor: string;
}

/** A project and the verdicts on its trainings, which go where it goes. */
const withVerdicts = (projectId: string) =>
  or(
    eq(projects.id, projectId),
    sql`${projects.verdictOf} in (select ${trainings.run} from ${trainings} where ${trainings.projectId} = ${projectId})`,
  );

/** Archives a project with the verdicts on its trainings, or restores it. One that is that way already stays, without an entry. */
export async function setArchived({ db }: Store, { projectId, actor }: ProjectEnd, archived: boolean): Promise<void> {
  await db.transaction(async (transaction) => {
    const changed = await transaction
      .update(projects)
      .set({ archivedAt: archived ? new Date() : null })
      .where(and(withVerdicts(projectId), (archived ? isNull : isNotNull)(projects.archivedAt)))
      .returning({ id: projects.id });
    const action = archived ? 'project.archive' : 'project.restore';
    for (const { id } of changed) await recordAudit({ db: transaction }, { projectId: id, actor, action, subject: id });
  });
}

/**
 * Deletes a project for good, with all that is in it and the verdicts on its trainings. Returns the ids of the projects that went.
 * Media that nothing refers to any more are left to `collectMedia`. The audit trail stays, under an id that no project can have, so that who
 * makes another project of this id does not read it.
 */
export async function deleteProject({ db }: Store, { projectId, actor }: ProjectEnd): Promise<string[]> {
  return db.transaction(async (transaction) => {
    const found = await transaction
      .select({ id: projects.id, name: projects.name })
      .from(projects)
      .where(withVerdicts(projectId))
      .for('update');
    const ids = found.map(({ id }) => id);
    if (ids.length === 0) return [];
    const keys = transaction.select({ id: apiKeys.id }).from(apiKeys).where(inArray(apiKeys.projectId, ids));
    await transaction.delete(idempotentAnswers).where(inArray(idempotentAnswers.apiKeyId, keys));
    await transaction.delete(projects).where(inArray(projects.id, ids));
    const at = new Date().toISOString();
    for (const { id, name } of found) {
      const detail = { name };
      await recordAudit({ db: transaction }, { projectId: id, actor, action: 'project.delete', subject: id, detail });
      await transaction
        .update(audit)
        .set({ projectId: `${id}@${at}` })
        .where(eq(audit.projectId, id));
    }
    return ids;
  });
}
