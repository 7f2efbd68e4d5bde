import {
  type Comparison,
  type ComparisonSource,
  isHeldOut,
  type LearntFrom,
  learntFrom,
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
  /** Whose comparisons the pairs trained on are, and on which prompts. */
  readonly learntFrom: LearntFrom;
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
  const trained: Pick<Comparison, 'prompt' | 'rater'>[] = [];
  let [refused, firstRefusal] = [0, ''];
  for await (const row of source) {
    if ('refused' in row) {
      refused++;
      firstRefusal ||= `${row.where}: ${row.refused}`;
      continue;
    }
    const pairs = trainingPairs(row.record, options).filter(({ p }) => p > 0.5 || usesTies);
    const held = isHeldOut(row.record.prompt, split);
    (held ? heldOut : train).push(...pairs);
    if (!held && pairs.length > 0) trained.push(row.record);
  }
  if (train.length === 0)
    throw new Error(
      `${data.path}: there is no pair to train on (${heldOut.length} held out, ${refused} rows refused` +
        `${firstRefusal ? `, the first at ${firstRefusal}` : ''}). Look with: bradley data check ${data.path}`,
    );
  return { source, train, heldOut, learntFrom: learntFrom(trained), refused };
}
