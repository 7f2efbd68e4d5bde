import { bootstrap, type Interval, type Random } from '../intervals.js';

/** How unlike the pictures of a prompt are, from seed to seed. */
export interface Diversity {
  /** Mean over prompts of the mean distance of every two seeds. */
  readonly mean: number;
  /** The contestant's mean over the base's, with a paired bootstrap interval over prompts; null for the base, and where the base has none. */
  readonly ofBase: { readonly ratio: number; readonly interval: Interval } | null;
}

/** Mean of `distance` over every two of a prompt's pictures. @throws Error for fewer than two */
export function meanPairwise<Item>(items: readonly Item[], distance: (a: Item, b: Item) => number): number {
  if (items.length < 2)
    throw new Error(`a distance between seeds needs two pictures of a prompt, found ${items.length}.`);
  let sum = 0;
  for (let i = 0; i < items.length; i++)
    for (let j = 0; j < i; j++) sum += distance(items[i] as Item, items[j] as Item);
  return (2 * sum) / (items.length * (items.length - 1));
}

/** 1 − cos of two unit vectors. */
export function cosineDistance(a: Float32Array, b: Float32Array): number {
  let dot = 0;
  for (const [i, value] of a.entries()) dot += value * (b[i] as number);
  return 1 - dot;
}

/** The root mean square difference of two pictures of one size in [−1, 1], as a share of the whole range. */
export function pixelDistance(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (const [i, value] of a.entries()) sum += (value - (b[i] as number)) ** 2;
  return Math.sqrt(sum / a.length) / 2;
}

/** @param distances the mean distance between the seeds of each prompt, of the contestant and, if there is one, of the base for the same prompts */
export function diversityOf(distances: readonly number[], base: readonly number[] | null, random: Random): Diversity {
  const mean = distances.reduce((sum, value) => sum + value, 0) / distances.length;
  if (!base || base.every((value) => value === 0)) return { mean, ofBase: null };
  const pairs = distances.map((of, i) => [{ of, base: base[i] as number }]);
  const ratio = (items: readonly { readonly of: number; readonly base: number }[]) =>
    items.reduce((sum, item) => sum + item.of, 0) / items.reduce((sum, item) => sum + item.base, 0);
  return { mean, ofBase: { ratio: ratio(pairs.flat()), interval: bootstrap(pairs, ratio, random) } };
}
