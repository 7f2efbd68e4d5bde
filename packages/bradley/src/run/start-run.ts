import { join, resolve } from 'node:path';
import { acquireLock, type ResolveOptions, releaseLock } from '@bradley/formats';
import { type DiffusionModel, requireSampling } from '@bradley/models';
import { openComparisons } from '@bradley/preferences';
import { type ChosenDevice, chooseDevice } from '@bradley/runtime';
import { createRun, pictureSizes, readRunConfig, spawnRun } from '@bradley/train';
import { formatRunConfig } from '../config/format-run-config.js';
import { parseRunConfig } from '../config/load-run-config.js';
import type { RunConfig } from '../config/run-config.js';
import { modelOptionsOf, openModel, pinModel } from '../open-model.js';
import { tables } from '../tables.js';
import { countData } from './needs/estimate-run.js';
import { requireMemory } from './needs/require-memory.js';
import { runNeeds } from './needs/run-needs.js';
import { locateComparisons } from './snapshots-folder.js';

/** A run whose process has been started. */
export interface StartedRun {
  readonly folder: string;
  readonly pid: number;
  /** With the device that it computes on: `auto` has been decided. */
  readonly config: RunConfig;
  readonly device: ChosenDevice;
}

const processModule = new URL('./train-process.js', import.meta.url);

/**
 * Writes the folder of a new run and starts its process. Follow it with `tailRun`, steer it with `askRun`. A model of the hub
 * is fetched first, and written down with its commit: the run goes on with the same one, whatever its branch is by then.
 *
 * @throws MemoryError when it needs more memory than there is
 * @throws Error when model or data cannot be opened or the device cannot be used; nothing has been written then
 */
export async function startRun(wanted: RunConfig, fetch: ResolveOptions = {}): Promise<StartedRun> {
  const { config, device, model } = await resolveRun(wanted, fetch);
  if (!config.train.ignoreMemory) {
    const counts = await countData(config);
    await requireMemory(config, model, counts, await runNeeds(config, model, counts));
  }
  const why = wanted.train.device === 'auto' ? `# train.device: auto took ${device.device}, ${device.why}\n` : '';
  await createRun(config.output, why + formatRunConfig(config, tables));
  return { folder: config.output, pid: await spawnRun(config.output, processModule), config, device };
}

/** A config whose device is decided and whose names lead to the same from everywhere, with its model opened. */
export async function resolveRun(
  config: RunConfig,
  fetch: ResolveOptions = {},
): Promise<{ config: RunConfig; device: ChosenDevice; model: DiffusionModel }> {
  // A run may be resumed from another working directory.
  const { data, output } = config;
  const device = await chooseDevice(config.train.device);
  const absolute: RunConfig = {
    ...config,
    train: { ...config.train, device: device.device },
    ...(await pinModel(config, fetch)),
    data: { ...data, path: await locateComparisons(data.path, data.snapshots), snapshots: null },
    output: resolve(output),
  };
  const model = await openModel(absolute.model, { ...fetch, ...modelOptionsOf(absolute) });
  if (config.validate.every !== null) requireSampling(model, config.validate.sampler);
  pictureSizes(model, absolute.data); // throws where they do not fit the model
  await openComparisons(absolute.data.path);
  return { config: absolute, device, model };
}

/**
 * Starts a process that goes on with a run from its newest checkpoint. Its model is fetched again if it has to be.
 *
 * @throws LockedError when a process trains it already; that one is left as it is
 */
export async function resumeRun(folder: string, fetch: ResolveOptions = {}): Promise<StartedRun> {
  const absolute = resolve(folder);
  const config = await configOfRun(absolute);
  await pinModel(config, fetch);
  const device = await chooseDevice(config.train.device);
  await releaseLock(await acquireLock(join(absolute, 'lock')));
  return { folder: absolute, pid: await spawnRun(absolute, processModule), config, device };
}

/** What a run's folder says that it trains. */
export async function configOfRun(folder: string): Promise<RunConfig> {
  return parseRunConfig(await readRunConfig(folder), join(folder, 'run.yaml'), {}, tables);
}
