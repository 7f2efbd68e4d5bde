import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { acquireLock, createExclusive, isTemporary, type Lock, releaseLock } from '@bradley/formats';
import {
  bestCheckpoint,
  type Checkpoint,
  type DamagedCheckpoint,
  listCheckpoints,
  newestWhole,
  pruneCheckpoints,
  removeParts,
  writeCheckpoint,
} from './checkpoints.js';
import { openEvents } from './event-file.js';
import { closeMetrics, type MetricsLog, openMetrics, readRecords, rewindMetrics } from './metrics.js';
import { rewindPictures } from './pictures.js';
import { type RunState, readState, writeState } from './state.js';

/** A run folder opened by the one process that writes it. Lines go to its metrics by `appendMetrics`, steps never down. */
export interface OpenRun {
  readonly folder: string;
  /** The text of run.yaml. */
  readonly config: string;
  /** The newest whole checkpoint, to go on from; null for a fresh start. */
  readonly resume: Checkpoint | null;
  /** Newer checkpoints that turned out damaged. To be shown: the steps after `resume` are trained again. */
  readonly damaged: readonly DamagedCheckpoint[];
  readonly lock: Lock;
  readonly metrics: MetricsLog;
  state: RunState;
}

const configPath = (folder: string) => join(folder, 'run.yaml');
const checkpointsPath = (folder: string) => join(folder, 'checkpoints');

/**
 * Makes the folder of a new run; its run.yaml is the first thing in it. The folder of a run that failed before its first
 * step, on a setting for instance, is taken over: what it left is removed.
 * @throws Error when the folder holds another run, or anything else
 */
export async function createRun(folder: string, config: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const present = (await readdir(folder)).filter((name) => !isTemporary(name));
  if (!present.includes('run.yaml') && present.length > 0) {
    throw new Error(
      `${folder}: a new run needs an empty folder, and this one holds ${present.slice(0, 3).join(', ')}` +
        `${present.length > 3 ? ', …' : ''}. Choose another folder.`,
    );
  }
  if (await createExclusive(configPath(folder), config)) return;
  const state = await readState(folder).catch(() => null);
  if (
    (await failedUntrained(folder)) &&
    (await removeUntrained(folder)) &&
    (await createExclusive(configPath(folder), config))
  )
    return;
  const found = state === null ? 'not started' : `${state.status} at step ${state.step}`;
  throw new Error(
    `${folder}: there is another run in this folder (${found}). Resume it, or choose another folder for the new one.`,
  );
}

/** What a run writes before its first step; with anything else beside it, a folder is left as it is. */
const beforeFirstStep = ['state.json', 'metrics.jsonl', 'control.json', 'log.txt', 'tensorboard', 'checkpoints'];

/** Removes what a run left that failed before its first step. False when there is more. */
async function removeUntrained(folder: string): Promise<boolean> {
  const lock = await acquireLock(join(folder, 'lock'));
  try {
    if (!(await failedUntrained(folder))) return false;
    // run.yaml last: killed in between, the folder is still that of a run.
    for (const name of [...beforeFirstStep, 'run.yaml']) await rm(join(folder, name), { recursive: true, force: true });
    return true;
  } finally {
    await releaseLock(lock);
  }
}

/**
 * Whether the run in a folder failed before it trained anything: no step in its metrics, no checkpoint, no pictures. Then
 * there is nothing to go on with, and `createRun` may have the folder.
 */
export async function failedUntrained(folder: string): Promise<boolean> {
  const state = await readState(folder).catch(() => null);
  if (state?.status !== 'failed' || state.step > 0 || state.lastCheckpoint !== null) return false;
  if ((await readdir(checkpointsPath(folder)).catch(() => [])).length > 0) return false;
  const known = ['run.yaml', 'lock', ...beforeFirstStep];
  if (!(await readdir(folder)).every((name) => known.includes(name) || isTemporary(name))) return false;
  const metrics = await readFile(join(folder, 'metrics.jsonl'), 'utf8').catch(() => '');
  return !metrics.includes('"loss":');
}

/** The text of a run's run.yaml. */
export async function readRunConfig(folder: string): Promise<string> {
  return readFile(configPath(folder), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    throw new Error(`${folder}: not a run folder, it has no run.yaml.`);
  });
}

/** The checkpoints of a run, oldest first, and the best of them. */
export async function runCheckpoints(folder: string): Promise<{ all: Checkpoint[]; best: Checkpoint | null }> {
  const all = await listCheckpoints(checkpointsPath(folder));
  return { all, best: bestCheckpoint(all) };
}

/**
 * Opens a run for this process to write, whether it is new or was killed at any moment: takes the lock, removes what was
 * half-written, finds the newest whole checkpoint, and cuts metrics.jsonl and the pictures of validation back to its step, so that
 * the record becomes the one of an uninterrupted run; what TensorBoard reads is made of that. The state is then 'running'.
 * @param totalSteps where the run will end, for those who watch
 * @throws LockedError when another process is writing it
 */
export async function openRun(folder: string, totalSteps: number | null): Promise<OpenRun> {
  const config = await readRunConfig(folder);
  const lock = await acquireLock(join(folder, 'lock'));
  let metrics: MetricsLog | null = null;
  try {
    for (const name of await readdir(folder)) if (isTemporary(name)) await rm(join(folder, name), { force: true });
    await removeParts(checkpointsPath(folder));
    const { newest, damaged } = await newestWhole(checkpointsPath(folder));
    metrics = await openMetrics(join(folder, 'metrics.jsonl'));
    const step = newest?.manifest.step ?? null;
    await rewindMetrics(metrics, step);
    await rewindPictures(folder, step);
    const attempt = ((await readState(folder))?.attempt ?? 0) + 1;
    metrics.events = await openEvents(folder, await readRecords(metrics), attempt);
    const { best } = await runCheckpoints(folder);
    const state: RunState = {
      status: 'running',
      step: step ?? 0,
      totalSteps,
      error: null,
      doing: null,
      lastCheckpoint: newest?.name ?? null,
      bestCheckpoint: best?.name ?? null,
      pid: process.pid,
      attempt,
      resumedFrom: step,
      updatedAt: new Date().toISOString(),
    };
    await writeState(folder, state);
    return { folder, config, resume: newest, damaged, lock, metrics, state };
  } catch (error) {
    if (metrics !== null) await closeMetrics(metrics);
    await releaseLock(lock);
    throw error;
  }
}

/** Changes state.json. */
export async function updateState(
  run: OpenRun,
  change: Partial<Omit<RunState, 'pid' | 'attempt' | 'resumedFrom' | 'updatedAt'>>,
): Promise<void> {
  run.state = { ...run.state, ...change, updatedAt: new Date().toISOString() };
  await writeState(run.folder, run.state);
}

/**
 * Writes the checkpoint of a step, then removes all but the last `keep` and the best. All metrics of that step must be
 * appended before: a run that resumes here does not append them again.
 * Saving a step again gives the checkpoint that is there: what training is at a step is one thing.
 * @param score what validation said of this step, larger is better
 */
export async function saveCheckpoint(
  run: OpenRun,
  step: number,
  { write, score = null, keep }: { write: (folder: string) => Promise<void>; score?: number | null; keep: number },
): Promise<Checkpoint> {
  const saved = (await listCheckpoints(checkpointsPath(run.folder))).find(({ manifest }) => manifest.step === step);
  if (saved !== undefined) return saved;
  await run.metrics.file.sync();
  const checkpoint = await writeCheckpoint(checkpointsPath(run.folder), step, score, write);
  await pruneCheckpoints(checkpointsPath(run.folder), keep);
  const { best } = await runCheckpoints(run.folder);
  await updateState(run, { step, lastCheckpoint: checkpoint.name, bestCheckpoint: best?.name ?? null });
  return checkpoint;
}

/** Writes the last state and lets go of the folder. */
export async function closeRun(
  run: OpenRun,
  end: { status: 'stopped' | 'finished' } | { status: 'failed'; error: string },
): Promise<void> {
  try {
    await updateState(run, { ...end, doing: null });
  } finally {
    await closeMetrics(run.metrics);
    await releaseLock(run.lock);
  }
}
