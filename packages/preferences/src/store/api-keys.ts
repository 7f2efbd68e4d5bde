import { and, asc, desc, eq, isNull, sql } from 'drizzle-orm';
import type { Store } from './open.js';
import { apiKeys, projects } from './schema.js';

export type ApiKeyRow = typeof apiKeys.$inferSelect;

export async function createApiKey({ db }: Store, key: typeof apiKeys.$inferInsert): Promise<ApiKeyRow> {
  const [made] = await db.insert(apiKeys).values(key).returning();
  return made as ApiKeyRow;
}

export function listApiKeys({ db }: Store, projectId: string): Promise<ApiKeyRow[]> {
  return db
    .select()
    .from(apiKeys)
    .where(eq(apiKeys.projectId, projectId))
    .orderBy(desc(apiKeys.createdAt), asc(apiKeys.id));
}

/** Whether there was one to revoke. */
export async function revokeApiKey({ db }: Store, projectId: string, id: string): Promise<boolean> {
  const one = and(eq(apiKeys.projectId, projectId), eq(apiKeys.id, id), isNull(apiKeys.revokedAt));
  const revoked = await db.update(apiKeys).set({ revokedAt: new Date() }).where(one).returning({ id: apiKeys.id });
  return revoked.length === 1;
}

/** The key with a hash, where it is good for a project that is there; notes that it was used. */
export async function useApiKey({ db }: Store, hash: string): Promise<ApiKeyRow | null> {
  const [found] = await db
    .update(apiKeys)
    .set({ lastUsedAt: new Date() })
    .from(projects)
    .where(
      and(
        eq(apiKeys.hash, hash),
        isNull(apiKeys.revokedAt),
        eq(projects.id, apiKeys.projectId),
        isNull(projects.archivedAt),
      ),
    )
    .returning({ key: apiKeys });
  return found?.key ?? null;
}

/** Whether pages of a site may use any key at all. */
export async function anyKeyAllows({ db }: Store, origin: string): Promise<boolean> {
  const allows = sql`${apiKeys.origins} @> ${JSON.stringify([origin])}::jsonb`;
  const found = await db
    .select({ id: apiKeys.id })
    .from(apiKeys)
    .where(and(allows, isNull(apiKeys.revokedAt)))
    .limit(1);
  return found.length === 1;
}
