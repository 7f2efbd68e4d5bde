import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, stat, statfs, symlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { getRepoFolderName } from '@huggingface/hub';
import { writeFileAtomic } from '../atomic-file.js';
import { isCommit } from './model-id.js';

/**
 * A repository in the cache that all clients of the hub share:
 * `blobs/<hash>` are the files, `snapshots/<commit>/<path>` links to them, `refs/<branch>` is the commit of a branch.
 */
export interface CachedRepository {
  readonly folder: string;
  readonly blobs: string;
}

export function cachedRepository(cache: string, repository: string): CachedRepository {
  const folder = join(cache, getRepoFolderName({ type: 'model', name: repository }));
  return { folder, blobs: join(folder, 'blobs') };
}

export const snapshotFolder = ({ folder }: CachedRepository, commit: string): string =>
  join(folder, 'snapshots', commit);

/** The commit of a branch or tag when it was last fetched; null when it never was. */
export async function readRef({ folder }: CachedRepository, revision: string): Promise<string | null> {
  const commit = (await readFile(join(folder, 'refs', revision), 'utf8').catch(() => '')).trim();
  return isCommit(commit) ? commit : null;
}

export async function writeRef(cached: CachedRepository, revision: string, commit: string): Promise<void> {
  if (revision === commit || (await readRef(cached, revision)) === commit) return;
  const path = join(cached.folder, 'refs', revision);
  await mkdir(dirname(path), { recursive: true });
  await writeFileAtomic(path, commit);
}

/** The files of a snapshot, by their paths in the repository; links to blobs that are gone do not count. */
export async function listSnapshot(snapshot: string, within = ''): Promise<string[]> {
  const entries = await readdir(join(snapshot, within), { withFileTypes: true }).catch(() => []);
  const found = entries.map(async (entry): Promise<string[]> => {
    const path = within === '' ? entry.name : `${within}/${entry.name}`;
    if (entry.isDirectory()) return listSnapshot(snapshot, path);
    return (await stat(join(snapshot, path)).catch(() => null))?.isFile() ? [path] : [];
  });
  return (await Promise.all(found)).flat();
}

/** Makes a whole blob appear in a snapshot, in one step. */
export async function linkBlob(blob: string, snapshot: string, path: string): Promise<void> {
  const place = join(snapshot, path);
  await mkdir(dirname(place), { recursive: true });
  const link = `${place}.${randomUUID()}.tmp`;
  try {
    await symlink(relative(dirname(place), blob), link);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') throw error;
    await rename(blob, place); // a system that allows no links: the file itself then, as other clients do
    return;
  }
  await rename(link, place);
}

/** @throws Error with both numbers when a disk has no room for `bytes` more */
export async function requireSpace(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  if (bytes > free)
    throw new Error(
      `${folder}: the download needs ${gigabytes(bytes)} and the disk has ${gigabytes(free)} free. ` +
        'Make room, or set HF_HUB_CACHE to a folder on another disk.',
    );
}

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(bytes < 1e9 ? 3 : 1)} GB`;
