import { join } from 'node:path';
import { openParquet, readParquet } from '@bradley/formats';
import { mediaBeside } from '../media-address.js';
import { type ComparisonSource, rowOf } from '../source.js';
import { readTeachers, teachersName } from '../teachers.js';
import { comparisonsName, manifestName, readManifest, verifyFile } from './manifest.js';
import { recordOfRow } from './snapshot-rows.js';

/** Whether a folder with these entries is a snapshot. */
export function isSnapshot(entries: readonly string[]): boolean {
  return [manifestName, comparisonsName].every((name) => entries.includes(name));
}

/**
 * A snapshot's folder, as `freezeSnapshot` writes it. Its comparisons are checked against the manifest when it is opened, each of its media when
 * it is loaded.
 */
export async function readSnapshot(folder: string): Promise<ComparisonSource> {
  const manifest = await readManifest(folder);
  await verifyFile(folder, manifest, comparisonsName);
  const saysTeachers = teachersName in manifest.files; // one that came later is no part of it
  if (saysTeachers) await verifyFile(folder, manifest, teachersName);
  const path = join(folder, comparisonsName);
  const file = await openParquet(path);
  return {
    path: folder,
    format: 'snapshot',
    async *[Symbol.asyncIterator]() {
      let row = 0;
      for await (const values of readParquet(file)) yield rowOf(`${path}|${row++}`, recordOfRow(values));
    },
    teachers: async () => (saysTeachers ? readTeachers(folder) : []),
    loadMedia: mediaBeside(folder).load,
  };
}
