import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { readManifest, type SnapshotManifest } from './manifest.js';

/** Name of a snapshot as it stands in paths and on command lines. */
export const snapshotName = /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/;

export interface FoundSnapshot extends Omit<SnapshotManifest, 'files'> {
  readonly path: string;
}

/** Every version of every snapshot below a folder, by name, the newest version first. What is no snapshot is passed over. */
export async function listSnapshots(root: string): Promise<FoundSnapshot[]> {
  const found: FoundSnapshot[] = [];
  for (const name of (await entriesOf(root)).filter((entry) => snapshotName.test(entry)).sort()) {
    for (const version of await versionsOf(root, name)) {
      const path = join(resolve(root), name, String(version));
      const manifest = await readManifest(path).catch(() => null);
      if (manifest === null) continue;
      const { files: _, ...rest } = manifest;
      found.push({ ...rest, path });
    }
  }
  return found;
}

/** The versions that there are, the newest first. */
export async function versionsOf(root: string, name: string): Promise<number[]> {
  const entries = await entriesOf(join(root, name));
  return entries
    .filter((entry) => /^[1-9]\d*$/.test(entry))
    .map(Number)
    .sort((a, b) => b - a);
}

async function entriesOf(folder: string): Promise<string[]> {
  return readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return [];
    throw error;
  });
}

/**
 * The absolute path of data that is named by its path, or, where nothing lies there, as a snapshot in `root`: `my-taste`, its newest version,
 * or `my-taste@2`.
 *
 * @throws Error saying which there are, for a name that leads to none
 */
export async function locateData(named: string, root: string): Promise<string> {
  const [, name = '', version] = /^([a-z0-9-]+)(?:@(\d+))?$/.exec(named) ?? [];
  if (!snapshotName.test(name) || (await exists(named))) return resolve(named);
  const versions = await versionsOf(root, name);
  const wanted = version === undefined ? versions[0] : versions.find((one) => one === Number(version));
  if (wanted !== undefined) return join(resolve(root), name, String(wanted));
  const all = (await listSnapshots(root)).map((one) => `${one.name}@${one.version}`);
  throw new Error(
    `${named}: there is no such file or folder, and no such snapshot in ${resolve(root)}, ` +
      (all.length === 0
        ? 'which has none. Name a path, or another folder of snapshots.'
        : `which has ${all.slice(0, 20).join(', ')}. Name a path, one of these, or another folder of snapshots.`),
  );
}

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );
