import type { Question } from '@bradley/models';
import {
  type Candidate,
  type Comparison,
  type ComparisonSource,
  isHeldOut,
  type LearntFrom,
  learntFrom,
  openComparisons,
} from '@bradley/preferences';
import { permutation } from '@bradley/runtime';
import { type RewardRow, rewardRows } from '@bradley/train';
import type { RewardConfig } from './reward-config.js';

export interface RewardData {
  readonly source: ComparisonSource;
  readonly questions: readonly Question[];
  readonly train: readonly RewardRow[];
  readonly heldOut: readonly RewardRow[];
  /** The records of prompts that are not trained on. */
  readonly heldOutComparisons: readonly Comparison[];
  readonly learntFrom: LearntFrom;
  /** Rows that could not be read. */
  readonly refused: number;
}

/**
 * What a reward model learns from and is judged on, split by prompt.
 *
 * @throws Error when there is nothing to learn from, or a question is named that nobody asked
 */
export async function loadRewardData(
  config: Pick<RewardConfig, 'data' | 'questions' | 'promptFree' | 'heldOut' | 'splitSalt' | 'pairs' | 'seed'>,
): Promise<RewardData> {
  const source = await openComparisons(config.data);
  const comparisons: Comparison[] = [];
  let refused = 0;
  for await (const row of source) {
    if ('refused' in row) refused++;
    else if (row.record.candidates.every(({ kind }) => kind === undefined)) comparisons.push(row.record);
  }
  const asked = [...new Set(comparisons.map(({ question }) => question))].sort();
  const names = config.questions ?? asked;
  const unknown = [...names, ...config.promptFree].filter((name) => !asked.includes(name));
  if (unknown.length > 0)
    throw new Error(
      `${config.data}: nobody was asked ${unknown.join(', ')}; the questions are ${asked.join(', ') || 'none'}.`,
    );
  const questions = names.map((name) => ({ name, readsPrompt: !config.promptFree.includes(name) }));
  const split = { fraction: config.heldOut, salt: config.splitSalt };
  const judged = comparisons.filter(({ question }) => names.includes(question));
  const sides = { train: [] as Comparison[], heldOut: [] as Comparison[] };
  for (const comparison of judged) (isHeldOut(comparison.prompt, split) ? sides.heldOut : sides.train).push(comparison);
  const all = rewardRows(sides.train, questions);
  const train = config.pairs === null ? all : subset(all, config.pairs, config.seed);
  if (train.length === 0)
    throw new Error(
      `${config.data}: there is no pair of pictures to learn from (${sides.heldOut.length} comparisons held out, ${refused} rows ` +
        `refused). Look with: npx bradley data check ${config.data}`,
    );
  return {
    source,
    questions,
    train,
    heldOut: rewardRows(sides.heldOut, questions),
    heldOutComparisons: sides.heldOut,
    learntFrom: learntFrom(sides.train, await source.teachers?.()),
    refused,
  };
}

/** The first of an order that the seed draws. */
function subset(rows: readonly RewardRow[], count: number, seed: number): RewardRow[] {
  if (count > rows.length) throw new Error(`pairs: there are ${rows.length} to learn from, fewer than ${count}.`);
  const order = permutation({ seed, stream: 'reward/subset', step: 0, index: 0 }, rows.length);
  return [...order.subarray(0, count)].map((i) => rows[i] as RewardRow);
}

/** A picture's bytes are read once, as long as they fit into `limit` numbers; the oldest are let go. */
export function rememberedPixels(
  read: (candidate: Candidate) => Promise<Float32Array>,
  limit = 64 * 2 ** 20,
): (candidate: Candidate) => Promise<Float32Array> {
  const known = new Map<string, Float32Array>();
  let held = 0;
  return async (candidate) => {
    const before = known.get(candidate.media);
    if (before) return before;
    const pixels = await read(candidate);
    known.set(candidate.media, pixels);
    held += pixels.length;
    for (const [oldest, of] of known) {
      if (held <= limit) break;
      known.delete(oldest);
      held -= of.length;
    }
    return pixels;
  };
}
