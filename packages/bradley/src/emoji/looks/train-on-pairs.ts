import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { float32ToFloat16, type Tensor } from '@bradley/formats';
import { type LearntFrom, learntFrom } from '@bradley/preferences';
import { epochs, type Job, type LossGraph, type TrainingRecipe, trainStage } from '@bradley/train';
import { randomView, type ViewOptions } from '../random-view.js';
import { type PicturePair, readPicturePairs } from './pair-pictures.js';

/** How a scorer is trained on pairs of pictures. */
export interface PairRecipe {
  readonly train: TrainingRecipe;
  /** Weight of the cross-entropy of what kind of thing a name is. */
  readonly kindWeight: number;
  /** Of both pictures of a pair alike. Colours are left as they are: they are what is judged. */
  readonly views: ViewOptions;
}

/** On what it is trained, and where what comes of it lies. */
export interface PairTraining<Recipe extends PairRecipe> {
  /** Comparisons: what `openComparisons` reads. */
  readonly comparisons: string;
  /** The run folder; a second call goes on where the first was stopped. */
  readonly runs: string;
  /** The folder to write. */
  readonly output: string;
  readonly recipe?: Recipe;
  readonly threads?: number;
}

/** What differs between scorers. */
export interface PairLearner {
  /** Of its folder among the runs. */
  readonly name: string;
  /** Feeds `images` (2B, 3, size, size), the chosen first, and what `feeds` gives. */
  readonly loss: LossGraph;
  readonly size: number;
  readonly feeds: (rows: readonly PicturePair[], step: number) => Awaited<ReturnType<Job['batch']>>;
  readonly runConfig: object;
}

export interface LearntFromPairs {
  /** In float16, by name. */
  readonly weights: Map<string, Tensor>;
  readonly learntFrom: LearntFrom;
  readonly comparisons: number;
}

/** Trains on pairs of pictures in random views. Null when the run was asked to stop. */
export async function trainOnPairs(
  { name, loss, size, feeds, runConfig }: PairLearner,
  { train, views }: PairRecipe,
  { comparisons: path, runs, threads }: Pick<PairTraining<PairRecipe>, 'comparisons' | 'runs' | 'threads'>,
): Promise<LearntFromPairs | null> {
  const { pairs, comparisons } = await readPicturePairs(path, size);
  const { batch, seed } = train;
  const order = epochs(pairs.length, batch, seed);
  const length = 3 * size * size;
  await mkdir(runs, { recursive: true });
  const trained = await trainStage(join(runs, name), loss, train, {
    batch: async (step) => {
      const images = new Float32Array(2 * batch * length);
      const rows = order.batch(step).map((i) => pairs[i] as PicturePair);
      rows.forEach(({ chosen, rejected }, index) => {
        const key = { seed, step, index };
        images.set(randomView(chosen, size, views, key), index * length);
        images.set(randomView(rejected, size, views, key), (batch + index) * length);
      });
      return { images, ...feeds(rows, step) };
    },
    threads,
    runConfig: JSON.stringify(runConfig, null, 2),
  });
  if (!trained) return null;
  const weights = loss.trainables.map(({ name: of, shape }): [string, Tensor] => [
    of,
    { dtype: 'float16', shape, data: float32ToFloat16(trained[of] ?? new Float32Array()) },
  ]);
  return { weights: new Map(weights), learntFrom: learntFrom(comparisons), comparisons: comparisons.length };
}
