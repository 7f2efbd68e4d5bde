import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { float32ToFloat16, loadTokenizer, type Tensor, writeFileAtomic, writeSafetensors } from '@bradley/formats';
import { clipConfigSchema, openPart, readStoredTensor, type Trainable } from '@bradley/models';
import { learntFrom } from '@bradley/preferences';
import { permutation } from '@bradley/runtime';
import { epochs, type Job, type TrainingRecipe, trainStage } from '@bradley/train';
import { emojiClipFolder } from '../clip/open-emoji-clip.js';
import { type PicturePair, readPicturePairs } from '../judge/pair-pictures.js';
import { categories, readEmojiNames } from '../names.js';
import { randomView, type ViewOptions } from '../random-view.js';
import { kindHead, labellingLoss } from './labelling-loss.js';

export interface LabellingRecipe {
  readonly train: TrainingRecipe;
  /** Names of a batch whose category is taught. */
  readonly names: number;
  readonly kindWeight: number;
  /** Of both pictures of a pair alike. Colours are left as they are: they are what is judged. */
  readonly views: ViewOptions;
}

export const labellingRecipe: LabellingRecipe = {
  train: {
    steps: 400,
    batch: 32,
    learningRate: 0.0006,
    schedule: 'cosine',
    warmup: 20,
    betas: [0.9, 0.98],
    weightDecay: 0.05,
    emaDecay: 0.98,
    maxNorm: 1,
    checkpointEvery: 100,
    seed: 0,
  },
  names: 64,
  kindWeight: 1,
  views: { shift: 4, blur: 0.3, colour: 0, noise: 0.05, cut: 0.2 },
};

export interface LabellingTraining {
  /** Comparisons: what `openComparisons` reads. */
  readonly comparisons: string;
  /** The CLIP folder to begin with. Default the emoji scorer that ships. */
  readonly base?: string;
  /** The run folder; a second call goes on where the first was stopped. */
  readonly runs: string;
  /** The folder to write: a reward model. */
  readonly output: string;
  readonly recipe?: LabellingRecipe;
  readonly threads?: number;
}

const copied = [
  'config.json',
  'preprocessor_config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
];

/**
 * Fine-tunes the emoji scorer on comparisons, and writes a reward model whose one question is 'overall': a folder as transformers saves a
 * CLIPModel, with `reward.json`. Besides the comparisons it is told of every name of which category it is.
 * @returns false when the run was asked to stop
 */
export async function trainLabellingScorer(training: LabellingTraining): Promise<boolean> {
  const { comparisons: path, base = emojiClipFolder, runs, output, recipe = labellingRecipe, threads } = training;
  const { train, names, kindWeight } = recipe;
  const { config, tensors } = await openPart(base, clipConfigSchema);
  const { pairs, comparisons } = await readPicturePairs(path, config.vision_config.image_size);
  const tokenizer = await loadTokenizer(base);
  const { max_position_embeddings: maxLength } = config.text_config;
  const idsOf = (prompt: string): number[] =>
    tokenizer.encode(prompt, { maxLength, padding: 'max', truncation: true }).ids;
  const fresh = labellingLoss(config, { pairs: train.batch, names }, kindWeight);
  const trainables = await Promise.all(
    fresh.trainables.map(async (trainable): Promise<Trainable> => {
      const stored = tensors.get(trainable.name);
      const values = stored && (await readStoredTensor(stored));
      return values ? { ...trainable, initial: { kind: 'stored', read: () => values } } : trainable;
    }),
  );
  await mkdir(runs, { recursive: true });
  const weights = await trainStage(join(runs, 'labelling'), { ...fresh, trainables }, train, {
    batch: await batches(recipe, pairs, idsOf, config.vision_config.image_size),
    threads,
    runConfig: JSON.stringify({ ...recipe, comparisons: path, base }, null, 2),
  });
  if (!weights) return false;
  await mkdir(output, { recursive: true });
  for (const file of copied) await copyFile(join(base, file), join(output, file));
  const written = trainables.flatMap(({ name, shape }): [string, Tensor][] => {
    const data = float32ToFloat16(weights[name] ?? new Float32Array());
    return name.startsWith(kindHead) ? [] : [[name, { dtype: 'float16', shape, data }]];
  });
  await writeSafetensors(join(output, 'model.safetensors'), new Map(written), { format: 'pt' });
  const reward = {
    format: 'bradley-reward-1',
    questions: [{ name: 'overall', readsPrompt: true, normalisation: null, temperature: null, tieThreshold: null }],
    loss: { name: 'bradley-terry', options: {} },
    tokens: maxLength,
    learntFrom: learntFrom(comparisons),
    trained: { from: 'emoji-clip', comparisons: comparisons.length, steps: train.steps, seed: train.seed },
  };
  await writeFileAtomic(join(output, 'reward.json'), `${JSON.stringify(reward, null, 2)}\n`);
  return true;
}

async function batches(
  { train: { batch, seed }, names: count, views }: LabellingRecipe,
  pairs: readonly PicturePair[],
  idsOf: (prompt: string) => number[],
  size: number,
): Promise<Job['batch']> {
  const names = (await readEmojiNames()).map(({ name, category }) => ({
    ids: idsOf(name),
    kind: categories.indexOf(category),
  }));
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
    const named = [
      ...permutation({ seed, stream: 'labelling/names', step, index: 0 }, names.length).subarray(0, count),
    ];
    const kinds = new Float32Array(count * categories.length);
    named.forEach((name, i) => {
      kinds[i * categories.length + (names[name]?.kind ?? 0)] = 1;
    });
    return {
      images,
      inputIds: BigInt64Array.from(
        rows.flatMap(({ prompt }) => idsOf(prompt)),
        BigInt,
      ),
      nameIds: BigInt64Array.from(
        named.flatMap((name) => names[name]?.ids ?? []),
        BigInt,
      ),
      kinds,
    };
  };
}
