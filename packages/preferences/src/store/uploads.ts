import { and, eq, inArray } from 'drizzle-orm';
import type { Store } from './open.js';
import { media, projectMedia } from './schema.js';

/** Notes that a file was uploaded to a project. */
export async function noteUpload({ db }: Store, projectId: string, sha256: string): Promise<void> {
  await db.insert(projectMedia).values({ projectId, sha256 }).onConflictDoNothing();
}

/** Of some files, those that were uploaded to a project and are still kept: the type of each, by its sha256. */
export async function uploadedTo(
  { db }: Store,
  projectId: string,
  files: readonly string[],
): Promise<Map<string, string>> {
  if (files.length === 0) return new Map();
  const found = await db
    .select({ sha256: projectMedia.sha256, type: media.type })
    .from(projectMedia)
    .innerJoin(media, eq(media.sha256, projectMedia.sha256))
    .where(and(eq(projectMedia.projectId, projectId), inArray(projectMedia.sha256, [...new Set(files)])));
  return new Map(found.map(({ sha256, type }) => [sha256, type]));
}
