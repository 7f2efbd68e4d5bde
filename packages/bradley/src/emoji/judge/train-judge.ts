import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic, writeSafetensors } from '@bradley/formats';
import { idsFeed, openLexicon } from '../lexicon.js';
import { type PairLearner, type PairRecipe, type PairTraining, trainOnPairs } from '../looks/train-on-pairs.js';
import { emojiFolder } from '../names.js';
import { type JudgeConfig, judgeConfigSchema, judgeLoss } from './judge-network.js';

export interface JudgeRecipe extends PairRecipe {
  readonly config: JudgeConfig;
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

/**
 * Trains the convolutional judge from scratch on comparisons, and writes `config.json`, `model.safetensors`, the tokenizer and
 * `learnt-from.json`. Besides the comparisons it is told of every name of which category it is, and nothing else.
 * @returns false when the run was asked to stop
 */
export async function trainJudge(training: PairTraining<JudgeRecipe>): Promise<boolean> {
  const { output, recipe = judgeRecipe } = training;
  const { config, train, kindWeight } = recipe;
  const tokenizerFolder = join(emojiFolder, 'tokenizer');
  const { idsOf, names } = await openLexicon(tokenizerFolder, config.max_words);
  const learner: PairLearner = {
    name: 'judge',
    loss: judgeLoss(config, { pairs: train.batch, lexicon: names, kindWeight }),
    size: config.image_size,
    feeds: (rows) => ({ inputIds: idsFeed([...rows, ...rows].map(({ prompt }) => idsOf(prompt))) }),
    runConfig: { ...recipe, comparisons: training.comparisons },
  };
  const learnt = await trainOnPairs(learner, recipe, training);
  if (!learnt) return false;
  await mkdir(output, { recursive: true });
  await cp(tokenizerFolder, output, { recursive: true });
  await writeSafetensors(join(output, 'model.safetensors'), learnt.weights, { format: 'pt' });
  await writeFileAtomic(join(output, 'config.json'), json(config));
  await writeFileAtomic(join(output, 'learnt-from.json'), json(learnt.learntFrom));
  return true;
}

const json = (value: object): string => `${JSON.stringify(value, null, 2)}\n`;
