import { join, resolve } from 'node:path';
import { acquireLock, releaseLock } from '@bradley/formats';
import { createRun, openClipFolder, spawnRun } from '@bradley/train';
import { stringify } from 'yaml';
import { locateComparisons } from '../run/snapshots-folder.js';
import { checkRewardLoss, type RewardConfig } from './reward-config.js';
import { loadRewardData } from './reward-data.js';
import { rewardConfigOf } from './run-reward.js';

export interface StartedReward {
  readonly folder: string;
  readonly pid: number;
  readonly config: RewardConfig;
}

const processModule = new URL('./reward-process.js', import.meta.url);

/**
 * Writes the folder of a reward model's run and starts its process. Data are a path, or the name of a frozen set.
 * @throws Error when model or data cannot be opened; nothing has been written then
 */
export async function startReward(wanted: RewardConfig): Promise<StartedReward> {
  const config: RewardConfig = {
    ...wanted,
    model: resolve(wanted.model),
    data: await locateComparisons(wanted.data),
    output: resolve(wanted.output),
    loss: checkRewardLoss(wanted),
  };
  await openClipFolder(config.model);
  await loadRewardData(config);
  await createRun(config.output, stringify(config));
  return { folder: config.output, pid: await spawnRun(config.output, processModule), config };
}

/**
 * Starts a process that goes on with a run from its newest checkpoint.
 * @throws LockedError when a process trains it already; that one is left as it is
 */
export async function resumeReward(folder: string): Promise<StartedReward> {
  const absolute = resolve(folder);
  const config = await rewardConfigOf(absolute);
  await releaseLock(await acquireLock(join(absolute, 'lock')));
  return { folder: absolute, pid: await spawnRun(absolute, processModule), config };
}
