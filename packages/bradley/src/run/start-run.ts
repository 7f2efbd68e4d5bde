import { join, resolve } from 'node:path';
import { openDiffusionModel } from '@bradley/models';
import { openComparisons } from '@bradley/preferences';
import { acquireLock, createRun, readRunConfig, releaseLock, spawnRun } from '@bradley/train';
import { formatRunConfig } from '../config/format-run-config.js';
import { parseRunConfig } from '../config/load-run-config.js';
import type { RunConfig } from '../config/run-config.js';
import { tables } from '../tables.js';

/** A run whose process has been started. */
export interface StartedRun {
  readonly folder: string;
  readonly pid: number;
  readonly config: RunConfig;
}

const processModule = new URL('./train-process.js', import.meta.url);

/**
 * Writes the folder of a new run and starts its process. Follow it with `tailRun`, steer it with `askRun`.
 *
 * @throws Error when model or data cannot be opened; nothing has been written then
 */
export async function startRun(config: RunConfig): Promise<StartedRun> {
  // A run may be resumed from another working directory.
  const { model, data, output } = config;
  const absolute: RunConfig = {
    ...config,
    model: resolve(model),
    data: { ...data, path: resolve(data.path) },
    output: resolve(output),
  };
  await openDiffusionModel(absolute.model);
  await openComparisons(absolute.data.path);
  await createRun(absolute.output, formatRunConfig(absolute, tables));
  return { folder: absolute.output, pid: await spawnRun(absolute.output, processModule), config: absolute };
}

/**
 * Starts a process that goes on with a run from its newest checkpoint.
 *
 * @throws LockedError when a process trains it already; that one is left as it is
 */
export async function resumeRun(folder: string): Promise<StartedRun> {
  const absolute = resolve(folder);
  const config = parseRunConfig(await readRunConfig(absolute), join(absolute, 'run.yaml'), {}, tables);
  await releaseLock(await acquireLock(join(absolute, 'lock')));
  return { folder: absolute, pid: await spawnRun(absolute, processModule), config };
}
