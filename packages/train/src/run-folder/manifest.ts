import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, readdir, stat, writeFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { z } from 'zod';
import { readJson } from './json-file.js';

const manifestSchema = z.object({
  step: z.int().nonnegative(),
  /** What validation said at this step, larger is better; null where there was none. */
  score: z.number().nullable(),
  files: z.record(z.string(), z.object({ bytes: z.int().nonnegative(), sha256: z.string().length(64) })),
});

/** Proof that a checkpoint is whole: every file of its folder with size and hash. */
export type Manifest = Readonly<z.infer<typeof manifestSchema>>;

const manifestName = 'manifest.json';

/** Writes the manifest of a folder's files, and flushes them, it and their folders to the disk. */
export async function sealFolder(folder: string, { step, score }: Pick<Manifest, 'step' | 'score'>): Promise<Manifest> {
  const files: Record<string, { bytes: number; sha256: string }> = {};
  for (const path of await filesIn(folder)) {
    await synced(path);
    const { size } = await stat(path);
    files[relative(folder, path).split(sep).join('/')] = { bytes: size, sha256: await sha256(path) };
  }
  const manifest = { step, score, files };
  await writeFile(join(folder, manifestName), `${JSON.stringify(manifest, null, 2)}\n`, { flag: 'wx' });
  await synced(join(folder, manifestName));
  for (const inner of await foldersIn(folder)) await syncFolder(inner);
  return manifest;
}

/** What is wrong with a sealed folder, or its manifest when nothing is. Reads every byte. */
export async function verifyFolder(folder: string): Promise<Manifest | { readonly damage: string }> {
  let manifest: Manifest | null;
  try {
    manifest = await readManifest(folder);
  } catch (error) {
    return { damage: (error as Error).message };
  }
  if (manifest === null) return { damage: `${join(folder, manifestName)} is missing` };
  for (const [name, { bytes, sha256: expected }] of Object.entries(manifest.files)) {
    const path = join(folder, name);
    const size = await sizeOf(path);
    if (size === null) return { damage: `${path} is missing` };
    if (size !== bytes) return { damage: `${path} has ${size} bytes, its manifest says ${bytes}` };
    if ((await sha256(path)) !== expected) return { damage: `${path} has other content than its manifest says` };
  }
  return manifest;
}

export const readManifest = (folder: string): Promise<Manifest | null> =>
  readJson(join(folder, manifestName), manifestSchema);

/** Makes the renames inside a folder last through a loss of power. Windows cannot open a folder, and does not need to. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform !== 'win32') await synced(path);
}

async function synced(path: string): Promise<void> {
  const file: FileHandle = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

async function foldersIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return [folder, ...entries.filter((entry) => entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name))];
}

const sizeOf = (path: string): Promise<number | null> =>
  stat(path).then(
    ({ size }) => size,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    },
  );
