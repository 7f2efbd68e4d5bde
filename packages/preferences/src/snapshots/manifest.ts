import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

export const manifestName = 'manifest.json';
export const comparisonsName = 'comparisons.parquet';
export const cardName = 'README.md';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** What a snapshot's folder has, besides the manifest itself. */
const manifestSchema = z.object({
  format: z.literal('bradley-snapshot/1'),
  name: z.string(),
  version: z.int().positive(),
  project: z.string().describe('id of the project that it was frozen from'),
  frozenAt: z.iso.datetime(),
  comparisons: z.int().positive(),
  media: z.int().nonnegative(),
  bytes: z.int().positive().describe('of all files'),
  /** sha256 of the lines `<sha256>  <path>` of all files by path: the same for the same content, whenever it was frozen. */
  content: sha256,
  files: z.record(z.string(), z.object({ sha256, bytes: z.int().nonnegative() })),
});
export type SnapshotManifest = z.infer<typeof manifestSchema>;

export function contentHash(files: SnapshotManifest['files']): string {
  const lines = Object.entries(files).map(([path, { sha256 }]) => `${sha256}  ${path}\n`);
  return createHash('sha256').update(lines.toSorted().join('')).digest('hex');
}

/** @throws Error where a folder's manifest is missing, is none, or contradicts itself */
export async function readManifest(folder: string): Promise<SnapshotManifest> {
  const path = join(folder, manifestName);
  const fault = (what: string) => new Error(`${path}: ${what}. Freeze the set again, or copy the snapshot again.`);
  const text = await readFile(path, 'utf8');
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw fault(`not JSON: ${error instanceof Error ? error.message : error}`);
  }
  const { data, error } = manifestSchema.safeParse(json);
  if (!data) throw fault(`not the manifest of a snapshot: ${z.prettifyError(error)}`);
  if (contentHash(data.files) !== data.content) throw fault(`its list of files does not have the hash ${data.content}`);
  return data;
}

/** @throws Error where a file of a snapshot is not what its manifest says */
export async function verifyFile(folder: string, { files }: SnapshotManifest, name: string): Promise<void> {
  const path = join(folder, name);
  const expected = files[name]?.sha256;
  const found = await sha256OfFile(path);
  if (expected !== found)
    throw new Error(
      `${path}: the manifest says the sha256 ${expected ?? 'of no such file'}, found ${found}. The snapshot was changed or cut short: ` +
        'copy it again, or freeze a new version.',
    );
}

export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return hash.digest('hex');
}
