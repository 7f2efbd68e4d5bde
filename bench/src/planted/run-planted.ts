import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { openScorer, type Proportion, type Scorable } from '@bradley/evaluate';
import { openJsonlWriter, writeFileAtomic } from '@bradley/formats';
import { createRun, writeNewClip } from '@bradley/train';
import { configOfFlags, type RewardFlags, runReward, writeWordTokenizer } from 'bradley';
import { stringify } from 'yaml';
import { leastDifference, type PlantedPair, plantedPairs, split } from './comparisons.js';
import { pngOf, side, wishes } from './world.js';

/** How the model of the figure is made and trained: the same for every seed. */
export interface PlantedRecipe {
  readonly comparisons: number;
  readonly flipped: number;
  readonly judged: number;
  readonly vision: {
    readonly width: number;
    readonly layers: number;
    readonly heads: number;
    readonly size: number;
    readonly patch: number;
  };
  readonly text: { readonly width: number; readonly layers: number; readonly heads: number };
  readonly projection: number;
  readonly training: Pick<RewardFlags, 'steps' | 'batch' | 'lr' | 'warmup' | 'weightDecay' | 'ema' | 'turns'>;
}

export interface PlantedResult {
  readonly seed: number;
  /** On clean labels of unseen prompts. */
  readonly unseen: Proportion;
  /** The same with pairs of any difference, however small. */
  readonly anyDifference: Proportion;
  readonly seconds: number;
}

/** Plants preferences, learns a reward model from them in `folder` through files and a run, and judges what was written. */
export async function runPlanted(
  folder: string,
  seed: number,
  recipe: PlantedRecipe,
  threads: number,
): Promise<PlantedResult> {
  const began = performance.now();
  const { comparisons: count, flipped, judged } = recipe;
  const data = join(folder, 'choices.jsonl');
  await writeComparisons(folder, data, plantedPairs('train', { count, flipped, seed }));
  await writeModel(folder, seed, recipe);
  const output = join(folder, 'run');
  const { fraction: heldOut, salt: splitSalt } = split(seed);
  const config = configOfFlags({
    ...recipe.training,
    model: join(folder, 'clip'),
    data,
    output,
    promptFree: [],
    loss: 'pickscore',
    trains: 'all',
    layers: 0,
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
  const options = { count: judged, flipped: 0, seed };
  const unseen = await accuracy(output, plantedPairs('unseen', { ...options, least: leastDifference }), threads);
  const anyDifference = await accuracy(output, plantedPairs('unseen', { ...options, least: 0 }), threads);
  return { seed, unseen, anyDifference, seconds: (performance.now() - began) / 1000 };
}

async function writeComparisons(folder: string, path: string, pairs: readonly PlantedPair[]): Promise<void> {
  await mkdir(join(folder, 'pictures'), { recursive: true });
  const writer = await openJsonlWriter(path);
  for (const [i, { wish, pictures, label }] of pairs.entries()) {
    const media = pictures.map((_, side) => `pictures/${i}-${side}.png`);
    for (const [side, picture] of pictures.entries())
      await writeFileAtomic(join(folder, media[side] as string), await pngOf(picture));
    await writer.write({
      id: String(i),
      prompt: wish.prompt,
      candidates: media.map((media) => ({ media })),
      outcome: { kind: 'winner', index: label },
      question: 'overall',
      rater: 'the planted utility',
    });
  }
  await writer.close();
}

async function writeModel(folder: string, seed: number, { vision, text, projection }: PlantedRecipe): Promise<void> {
  const tokenizer = join(folder, 'tokenizer');
  await writeWordTokenizer(
    tokenizer,
    wishes.map(({ prompt }) => prompt),
  );
  const tower = ({ width, layers, heads }: { width: number; layers: number; heads: number }) => ({
    hidden_size: width,
    intermediate_size: 2 * width,
    num_hidden_layers: layers,
    num_attention_heads: heads,
    hidden_act: 'gelu' as const,
  });
  await writeNewClip(join(folder, 'clip'), {
    seed,
    tokenizer,
    config: {
      projection_dim: projection,
      text_config: {
        ...tower(text),
        vocab_size: 32,
        max_position_embeddings: 12,
        projection_dim: projection,
        bos_token_id: 2,
        eos_token_id: 3,
        pad_token_id: 0,
      },
      vision_config: { ...tower(vision), image_size: vision.size, patch_size: vision.patch },
    },
  });
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
