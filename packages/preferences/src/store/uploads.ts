import { and, eq, inArray } from 'drizzle-orm';
import type { Store } from './open.js';
import { media, projectMedia } from './schema.js';

/** Notes that a file was uploaded to a project. */
export async function noteUpload({ db }: Store, projectId: string, sha256: string): Promise<void> {
  await db.insert(projectMedia).values({ projectId, sha256 }).onConflictDoNothing();
}

/** Of some files, those that were uploaded to a project and are still kept. */
export async function uploadedTo({ db }: Store, projectId: string, files: readonly string[]): Promise<Set<string>> {
  if (files.length === 0) return new Set();
  const found = await db
    .select({ sha256: projectMedia.sha256 })
    .from(projectMedia)
    .innerJoin(media, eq(media.sha256, projectMedia.sha256))
    .where(and(eq(projectMedia.projectId, projectId), inArray(projectMedia.sha256, [...new Set(files)])));
  return new Set(found.map(({ sha256 }) => sha256));
}
