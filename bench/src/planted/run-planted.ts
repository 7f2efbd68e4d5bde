import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openScorer, type Proportion, type Scorable } from '@bradley/evaluate';
import { openJsonlWriter } from '@bradley/formats';
import { createRun } from '@bradley/train';
import { configOfFlags, type RewardFlags, runReward } from 'bradley';
import { stringify } from 'yaml';
import { leastDifference, type PlantedPair, plantedPairs, split } from './comparisons.js';
import { recoloured } from './recolour.js';
import type { TeachingRecipe } from './teach-clip.js';
import { pngOf, side } from './world.js';

/** How the model of the figure is made and trained: the same for every seed. */
export interface PlantedRecipe {
  readonly teaching: TeachingRecipe;
  readonly comparisons: number;
  readonly flipped: number;
  readonly judged: number;
  /** Learn every comparison in the other hues too. */
  readonly otherHues: boolean;
  readonly training: Pick<
    RewardFlags,
    'head' | 'trains' | 'layers' | 'steps' | 'batch' | 'lr' | 'warmup' | 'weightDecay' | 'ema' | 'turns'
  >;
}

export interface PlantedResult {
  readonly seed: number;
  /** On clean labels of prompts that were not learnt from. */
  readonly unseen: Proportion;
  /** The same with pairs of any difference, however small. */
  readonly anyDifference: Proportion;
}

export interface PlantedRun {
  readonly seed: number;
  readonly threads: number;
  /** Learn from three quarters of the training prompts and judge by the fourth, as settings are chosen. */
  readonly developing: boolean;
}

/**
 * Plants preferences, learns a reward model from them in `folder` through files and a run, and judges what was written.
 * @param clip the folder of the taught CLIP
 */
export async function runPlanted(
  folder: string,
  clip: string,
  recipe: PlantedRecipe,
  { seed, threads, developing }: PlantedRun,
): Promise<PlantedResult> {
  const { comparisons: count, flipped, judged, otherHues } = recipe;
  const data = join(folder, 'choices.jsonl');
  const pairs = plantedPairs(developing ? 'developing' : 'train', { count, flipped, seed });
  await writeComparisons(folder, data, otherHues ? inOtherHues(pairs) : pairs);
  const output = join(folder, 'run');
  const { fraction: heldOut, salt: splitSalt } = split(seed);
  const config = configOfFlags({
    ...recipe.training,
    model: clip,
    data,
    output,
    promptFree: [],
    loss: 'pickscore',
    rank: 0,
    targets: [],
    weigh: 'comparisons',
    heldOut,
    splitSalt,
    validateEvery: recipe.training.steps,
    checkpointEvery: recipe.training.steps,
    seed,
    threads,
  });
  await createRun(output, stringify(config));
  await runReward(output);
  const asked = developing ? 'tried' : 'unseen';
  const options = { count: judged, flipped: 0, seed };
  const unseen = await accuracy(output, plantedPairs(asked, { ...options, least: leastDifference }), threads);
  const anyDifference = await accuracy(output, plantedPairs(asked, { ...options, least: 0 }), threads);
  return { seed, unseen, anyDifference };
}

function* inOtherHues(pairs: readonly PlantedPair[]): Generator<PlantedPair> {
  const learnt = new Set(pairs.map(({ wish }) => wish.prompt));
  for (const pair of pairs) yield* recoloured(pair, learnt);
}

async function writeComparisons(folder: string, path: string, pairs: Iterable<PlantedPair>): Promise<void> {
  await mkdir(join(folder, 'pictures'), { recursive: true });
  const writer = await openJsonlWriter(path);
  let i = 0;
  for (const { wish, pictures, label } of pairs) {
    const media = pictures.map((_, side) => `pictures/${i}-${side}.png`);
    for (const [side, picture] of pictures.entries())
      await writeFile(join(folder, media[side] as string), await pngOf(picture));
    await writer.write({
      id: String(i++),
      prompt: wish.prompt,
      candidates: media.map((media) => ({ media })),
      outcome: { kind: 'winner', index: label },
      question: 'overall',
      rater: 'the planted utility',
    });
  }
  await writer.close();
}

async function accuracy(folder: string, pairs: readonly PlantedPair[], threads: number): Promise<Proportion> {
  const scorer = await openScorer(`reward:${folder}`, { threads, batch: 64 });
  const items: Scorable[] = pairs.flatMap(({ wish, pictures }) =>
    pictures.map((data) => ({ prompt: wish.prompt, image: { width: side, height: side, data } })),
  );
  const scores = await scorer.score(items);
  await scorer.release();
  const right = pairs.filter(({ better }, i) => {
    const [a = 0, b = 0] = scores.subarray(2 * i, 2 * i + 2);
    return better === 0 ? a > b : b > a;
  });
  return { count: right.length, total: pairs.length };
}
