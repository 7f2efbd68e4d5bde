import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { explainFullDisk } from './full-disk.js';
import { type Manifest, readManifest, sealFolder, syncFolder, verifyFolder } from './manifest.js';
import { stepName } from './pictures.js';

/** A whole checkpoint: a folder checkpoints/step-000123 whose manifest names its files. */
export interface Checkpoint {
  readonly name: string;
  readonly path: string;
  readonly manifest: Manifest;
}

/** A checkpoint that is not what its manifest says, and where it was put. */
export interface DamagedCheckpoint {
  readonly path: string;
  readonly damage: string;
}

const checkpointName = /^step-\d{6,}$/;
const temporaryPrefix = '.part-';

/**
 * Writes the checkpoint of a step whole or not at all. `write` fills the folder it is given, with any files; they are
 * hashed, flushed to the disk and appear under checkpoints/ in one rename. Score: larger is better.
 * @throws FullDiskError when there is no room: the earlier checkpoints are as they were
 */
export async function writeCheckpoint(
  checkpoints: string,
  step: number,
  score: number | null,
  write: (folder: string) => Promise<void>,
): Promise<Checkpoint> {
  const name = stepName(step);
  const path = join(checkpoints, name);
  if ((await entries(checkpoints)).includes(name))
    throw new Error(`${path}: there is a checkpoint of step ${step} already. A run's steps only go up.`);
  const part = join(checkpoints, temporaryPrefix + name);
  try {
    await mkdir(part, { recursive: true });
    await write(part);
    const manifest = await sealFolder(part, { step, score });
    await rename(part, path);
    await syncFolder(checkpoints);
    return { name, path, manifest };
  } catch (error) {
    await rm(part, { recursive: true, force: true });
    throw await explainFullDisk(error, path, 'this checkpoint was not written; the earlier ones are intact');
  }
}

/** The checkpoints that are there, oldest first, by their manifests: files are not read (see `newestWhole`). */
export async function listCheckpoints(checkpoints: string): Promise<Checkpoint[]> {
  const found: Checkpoint[] = [];
  for (const name of await entries(checkpoints)) {
    if (!checkpointName.test(name)) continue;
    const path = join(checkpoints, name);
    const manifest = await readManifest(path).catch(() => null); // damaged: openRun reports it
    if (manifest !== null) found.push({ name, path, manifest });
  }
  return found.sort((a, b) => a.manifest.step - b.manifest.step);
}

/**
 * The newest checkpoint all of whose bytes are as they were written. Newer ones that are not are renamed to
 * `*.damaged`, so that a resumed run can write those steps again, and returned with what is wrong with them.
 */
export async function newestWhole(
  checkpoints: string,
): Promise<{ newest: Checkpoint | null; damaged: DamagedCheckpoint[] }> {
  const names = (await entries(checkpoints)).filter((name) => checkpointName.test(name));
  const damaged: DamagedCheckpoint[] = [];
  for (const name of names.sort((a, b) => stepOf(b) - stepOf(a))) {
    const path = join(checkpoints, name);
    const manifest = await verifyFolder(path);
    if (!('damage' in manifest)) return { newest: { name, path, manifest }, damaged };
    await rm(`${path}.damaged`, { recursive: true, force: true });
    await rename(path, `${path}.damaged`);
    damaged.push({ path: `${path}.damaged`, damage: manifest.damage });
  }
  return { newest: null, damaged };
}

/** The one with the largest score, the later of two alike; null where none has a score. */
export function bestCheckpoint(checkpoints: readonly Checkpoint[]): Checkpoint | null {
  let best: Checkpoint | null = null;
  for (const checkpoint of checkpoints)
    if (scoreOf(checkpoint) >= (best === null ? -Infinity : scoreOf(best)) && checkpoint.manifest.score !== null)
      best = checkpoint;
  return best;
}

/** Removes all but the last `keep` and the best. A folder leaves the list by one rename before its files go. */
export async function pruneCheckpoints(checkpoints: string, keep: number): Promise<void> {
  const all = await listCheckpoints(checkpoints);
  const best = bestCheckpoint(all);
  for (const { name, path } of all.slice(0, Math.max(0, all.length - Math.max(1, keep)))) {
    if (name === best?.name) continue;
    const leaving = join(checkpoints, temporaryPrefix + name);
    await rename(path, leaving);
    await rm(leaving, { recursive: true });
  }
}

/** Removes what a killed process left half-written or half-removed. */
export async function removeParts(checkpoints: string): Promise<void> {
  for (const name of await entries(checkpoints))
    if (name.startsWith(temporaryPrefix)) await rm(join(checkpoints, name), { recursive: true, force: true });
}

const stepOf = (name: string) => Number(name.slice('step-'.length));
const scoreOf = ({ manifest }: Checkpoint) => manifest.score ?? -Infinity;

const entries = (folder: string): Promise<string[]> =>
  readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
