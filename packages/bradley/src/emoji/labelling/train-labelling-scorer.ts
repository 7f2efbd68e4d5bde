import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic, writeSafetensors } from '@bradley/formats';
import { clipConfigSchema, openPart, readStoredTensor, type Trainable } from '@bradley/models';
import { permutation } from '@bradley/runtime';
import { emojiClipFolder } from '../clip/open-emoji-clip.js';
import { idsFeed, kindsFeed, type Lexicon, openLexicon } from '../lexicon.js';
import { type PairLearner, type PairRecipe, type PairTraining, trainOnPairs } from '../looks/train-on-pairs.js';
import { kindHead, labellingLoss } from './labelling-loss.js';

export interface LabellingRecipe extends PairRecipe {
  /** Names of a batch whose category is taught. */
  readonly names: number;
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

export interface LabellingTraining extends PairTraining<LabellingRecipe> {
  /** The CLIP folder to begin with. Default the emoji scorer that ships. */
  readonly base?: string;
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
  const { base = emojiClipFolder, output, recipe = labellingRecipe } = training;
  const { train, names: count, kindWeight } = recipe;
  const { config, tensors } = await openPart(base, clipConfigSchema);
  const { max_position_embeddings: maxLength } = config.text_config;
  const { idsOf, names } = await openLexicon(base, maxLength);
  const fresh = labellingLoss(config, { pairs: train.batch, names: count }, kindWeight);
  const trainables = await Promise.all(
    fresh.trainables.map(async (trainable): Promise<Trainable> => {
      const stored = tensors.get(trainable.name);
      const values = stored && (await readStoredTensor(stored));
      return values ? { ...trainable, initial: { kind: 'stored', read: () => values } } : trainable;
    }),
  );
  const learner: PairLearner = {
    name: 'labelling',
    loss: { ...fresh, trainables },
    size: config.vision_config.image_size,
    feeds(rows, step) {
      const key = { seed: train.seed, stream: 'labelling/names', step, index: 0 };
      const named = [...permutation(key, names.length).subarray(0, count)].map(
        (i) => names[i] as Lexicon['names'][number],
      );
      const inputIds = idsFeed(rows.map(({ prompt }) => idsOf(prompt)));
      return { inputIds, nameIds: idsFeed(named.map(({ ids }) => ids)), kinds: kindsFeed(named) };
    },
    runConfig: { ...recipe, comparisons: training.comparisons, base },
  };
  const learnt = await trainOnPairs(learner, recipe, training);
  if (!learnt) return false;
  await mkdir(output, { recursive: true });
  for (const file of copied) await copyFile(join(base, file), join(output, file));
  const written = [...learnt.weights].filter(([name]) => !name.startsWith(kindHead));
  await writeSafetensors(join(output, 'model.safetensors'), new Map(written), { format: 'pt' });
  const reward = {
    format: 'bradley-reward-1',
    questions: [{ name: 'overall', readsPrompt: true, normalisation: null, temperature: null, tieThreshold: null }],
    loss: { name: 'bradley-terry', options: {} },
    tokens: maxLength,
    learntFrom: learnt.learntFrom,
    trained: { from: 'emoji-clip', comparisons: learnt.comparisons, steps: train.steps, seed: train.seed },
  };
  await writeFileAtomic(join(output, 'reward.json'), `${JSON.stringify(reward, null, 2)}\n`);
  return true;
}
