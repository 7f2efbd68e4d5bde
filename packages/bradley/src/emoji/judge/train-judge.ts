import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { float32ToFloat16, loadTokenizer, type Tensor, writeFileAtomic, writeSafetensors } from '@bradley/formats';
import { learntFrom } from '@bradley/preferences';
import { epochs, type Job, type TrainingRecipe, trainStage } from '@bradley/train';
import { categories, emojiFolder, readEmojiNames } from '../names.js';
import { randomView, type ViewOptions } from '../random-view.js';
import { type JudgeConfig, judgeConfigSchema, judgeLoss } from './judge-network.js';
import { type PicturePair, readPicturePairs } from './pair-pictures.js';

export interface JudgeRecipe {
  readonly config: JudgeConfig;
  readonly train: TrainingRecipe;
  readonly kindWeight: number;
  /** Of both pictures of a pair alike. Colours are left as they are: they are what is judged. */
  readonly views: ViewOptions;
}

export const judgeRecipe: JudgeRecipe = {
  config: judgeConfigSchema.parse({}),
  train: {
    steps: 600,
    batch: 32,
    learningRate: 0.002,
    schedule: 'cosine',
    warmup: 20,
    betas: [0.9, 0.99],
    weightDecay: 0.05,
    emaDecay: 0.98,
    maxNorm: 1,
    checkpointEvery: 100,
    seed: 0,
  },
  kindWeight: 0.3,
  views: { shift: 6, blur: 0.3, colour: 0, noise: 0.05, cut: 0.2 },
};

export interface JudgeTraining {
  /** Comparisons: what `openComparisons` reads. */
  readonly comparisons: string;
  /** The run folder; a second call goes on where the first was stopped. */
  readonly runs: string;
  /** The folder to write. */
  readonly output: string;
  readonly recipe?: JudgeRecipe;
  readonly threads?: number;
}

/**
 * Trains the convolutional judge from scratch on comparisons, and writes `config.json`, `model.safetensors`, the tokenizer and
 * `learnt-from.json`. Besides the comparisons it is told of every name of which category it is, and nothing else.
 * @returns false when the run was asked to stop
 */
export async function trainJudge(training: JudgeTraining): Promise<boolean> {
  const { comparisons: path, runs, output, recipe = judgeRecipe, threads } = training;
  const { config, train } = recipe;
  const { pairs, comparisons } = await readPicturePairs(path, config.image_size);
  const tokenizerFolder = join(emojiFolder, 'tokenizer');
  const tokenizer = await loadTokenizer(tokenizerFolder);
  const idsOf = (prompt: string): number[] =>
    tokenizer.encode(prompt, { maxLength: config.max_words, padding: 'max', truncation: true }).ids;
  const lexicon = (await readEmojiNames()).map(({ name, category }) => ({
    ids: idsOf(name),
    kind: categories.indexOf(category),
  }));
  const loss = judgeLoss(config, { pairs: train.batch, lexicon, kindWeight: recipe.kindWeight });
  await mkdir(runs, { recursive: true });
  const weights = await trainStage(join(runs, 'judge'), loss, train, {
    batch: judgeBatches(recipe, pairs, idsOf),
    threads,
    runConfig: JSON.stringify({ ...recipe, comparisons: path }, null, 2),
  });
  if (!weights) return false;
  const tensors = loss.trainables.map(({ name, shape }): [string, Tensor] => [
    name,
    { dtype: 'float16', shape, data: float32ToFloat16(weights[name] ?? new Float32Array()) },
  ]);
  await mkdir(output, { recursive: true });
  await cp(tokenizerFolder, output, { recursive: true });
  await writeSafetensors(join(output, 'model.safetensors'), new Map(tensors), { format: 'pt' });
  await writeFileAtomic(join(output, 'config.json'), json(config));
  await writeFileAtomic(join(output, 'learnt-from.json'), json(learntFrom(comparisons)));
  return true;
}

const json = (value: object): string => `${JSON.stringify(value, null, 2)}\n`;

function judgeBatches(
  { config: { image_size: size }, train: { batch, seed }, views }: JudgeRecipe,
  pairs: readonly PicturePair[],
  idsOf: (prompt: string) => number[],
): Job['batch'] {
  const order = epochs(pairs.length, batch, seed);
  const length = 3 * size * size;
  return async (step) => {
    const images = new Float32Array(2 * batch * length);
    const rows = order.batch(step).map((i) => pairs[i] as PicturePair);
    rows.forEach(({ chosen, rejected }, index) => {
      const key = { seed, step, index };
      images.set(randomView(chosen, size, views, key), index * length);
      images.set(randomView(rejected, size, views, key), (batch + index) * length);
    });
    return {
      images,
      inputIds: BigInt64Array.from(
        [...rows, ...rows].flatMap(({ prompt }) => idsOf(prompt)),
        BigInt,
      ),
    };
  };
}
