import {
  type ComparisonSource,
  isHeldOut,
  openComparisons,
  type PairOptions,
  type TrainingPair,
  trainingPairs,
} from '@bradley/preferences';
import type { RunConfig } from '../config/run-config.js';

export interface LoadedPairs {
  readonly source: ComparisonSource;
  /** On prompts that are trained on. */
  readonly train: readonly TrainingPair[];
  /** On prompts that are not. */
  readonly heldOut: readonly TrainingPair[];
  /** Rows that could not be read; `bradley data check` says why. */
  readonly refused: number;
}

/**
 * The pairs of a run's data, split by prompt. Ties stay only where the objective can learn from them.
 *
 * @throws Error when not one pair is left to train on
 */
export async function loadPairs(
  data: Omit<RunConfig['data'], 'snapshots' | 'carryOver'>,
  usesTies: boolean,
): Promise<LoadedPairs> {
  const source = await openComparisons(data.path);
  const options: PairOptions = { rankings: data.rankings, ...(data.scorer === null ? {} : { scorer: data.scorer }) };
  const split = { fraction: data.heldOut, salt: data.splitSalt };
  const train: TrainingPair[] = [];
  const heldOut: TrainingPair[] = [];
  let [refused, firstRefusal] = [0, ''];
  for await (const row of source) {
    if ('refused' in row) {
      refused++;
      firstRefusal ||= `${row.where}: ${row.refused}`;
      continue;
    }
    for (const pair of trainingPairs(row.record, options))
      if (pair.p > 0.5 || usesTies) (isHeldOut(pair.prompt, split) ? heldOut : train).push(pair);
  }
  if (train.length === 0)
    throw new Error(
      `${data.path}: there is no pair to train on (${heldOut.length} held out, ${refused} rows refused` +
        `${firstRefusal ? `, the first at ${firstRefusal}` : ''}). Look with: bradley data check ${data.path}`,
    );
  return { source, train, heldOut, refused };
}
