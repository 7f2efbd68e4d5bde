import type { Candidate } from '@bradley/preferences';
import { normalizePrompt } from '@bradley/preferences';
import { type HostData, integers } from '@bradley/runtime';
import { epochs } from '../epochs.js';
import type { Job } from '../loop.js';
import { labelNames } from './reward-graph.js';
import type { RewardRow } from './rows.js';

export interface RewardBatchSettings {
  readonly batch: number;
  readonly seed: number;
  /** Whether every prompt weighs the same, as PickScore's 1 / num_example_per_prompt, or every comparison. */
  readonly weigh: 'prompts' | 'comparisons';
  /** Pictures are shown as they are, mirrored in half of the cases, or in any of the eight ways that a square can lie; each by itself. */
  readonly turns: keyof typeof turnsOf;
}

/** How pictures and prompts are read, and their sizes. */
export interface RewardInputs {
  /** (3, S, S) */
  readonly pixels: (candidate: Candidate) => Promise<Float32Array>;
  readonly ids: (prompt: string) => readonly number[];
  readonly side: number;
}

/** Batches of a reward step: every row once per epoch. A function of the batch's number alone. */
export function rewardBatches(
  rows: readonly RewardRow[],
  { batch, seed, weigh, turns }: RewardBatchSettings,
  { pixels, ids, side }: RewardInputs,
): Job['batch'] {
  const order = epochs(rows.length, batch, seed, 'reward');
  const weights = weigh === 'prompts' ? promptWeights(rows) : () => 1;
  return async (number) => {
    const chosen = order.batch(number).map((i) => rows[i] as RewardRow);
    const turn = integers({ seed, stream: 'reward/turns', step: number, index: 0 }, 2 * batch, turnsOf[turns]);
    const images = new Float32Array(2 * batch * 3 * side * side);
    const size = 3 * side * side;
    for (const [i, { a, b }] of chosen.entries())
      for (const [at, candidate] of [a, b].entries()) {
        const place = at * batch + i;
        images.set(turned(await pixels(candidate), side, turn[place] as number), place * size);
      }
    return {
      input_ids: idsOf(chosen.map(({ prompt }) => ids(prompt))),
      pixel_values: images,
      ...labels(chosen, weights),
    };
  };
}

export const idsOf = (rows: readonly (readonly number[])[]): BigInt64Array => BigInt64Array.from(rows.flat(), BigInt);

/** One over the number of judgements of a row's prompt. */
function promptWeights(rows: readonly RewardRow[]): (row: RewardRow) => number {
  const counts = new Map<string, number>();
  for (const row of rows) {
    const key = normalizePrompt(row.prompt);
    counts.set(key, (counts.get(key) ?? 0) + judgementsOf(row));
  }
  return ({ prompt }) => 1 / (counts.get(normalizePrompt(prompt)) ?? 1);
}

/** How many said something of a row, over its questions. */
export function judgementsOf({ judgements }: RewardRow): number {
  return judgements.reduce((sum, j) => sum + (j ? j.a + j.b + j.tie : 0), 0);
}

/** Shares of each question, weighed by how many judged. */
function labels(rows: readonly RewardRow[], weightOf: (row: RewardRow) => number): Record<string, HostData> {
  const flat = rows.flatMap((row) =>
    row.judgements.map((judgement) => {
      const { a, b, tie } = judgement ?? { a: 0, b: 0, tie: 0 };
      const total = a + b + tie;
      const share = (count: number): number => (total > 0 ? count / total : 0);
      return { a: share(a), b: share(b), tie: share(tie), weight: total * weightOf(row) };
    }),
  );
  return Object.fromEntries(
    Object.entries(labelNames).map(([key, name]) => [name, Float32Array.from(flat, (entry) => entry[key as 'a'])]),
  );
}

/** How many of the eight ways are drawn from: the first is as it is, the second mirrored. */
const turnsOf = { none: 1, mirror: 2, all: 8 } as const;

/** (3, S, S) mirrored (bit 1), upside down (bit 2), and with rows for columns (bit 4). */
export function turned(pixels: Float32Array, side: number, way: number): Float32Array {
  if (way === 0) return pixels;
  const result = new Float32Array(pixels.length);
  const last = side - 1;
  for (let start = 0, to = 0; start < pixels.length; start += side * side)
    for (let row = 0; row < side; row++)
      for (let column = 0; column < side; column++, to++) {
        const [y, x] = way & 4 ? [column, row] : [row, column];
        result[to] = pixels[start + (way & 2 ? last - y : y) * side + (way & 1 ? last - x : x)] as number;
      }
  return result;
}
