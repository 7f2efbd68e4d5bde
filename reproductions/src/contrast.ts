import { randomStream, type WinRate, winRate } from '@bradley/evaluate';
import type { DrawnSample } from './draw-arm.js';

/** Scores of one judge for what one trained model drew: the same prompts and seeds in the same order for every model. */
export type Scores = readonly number[];

/** A win rate over all training seeds, with that of each. Its intervals are over prompts: all pictures of one are drawn together. */
export interface Contrast extends WinRate {
  readonly bySeed: readonly number[];
}

/** Compares two arms picture by picture; what training seed i of one drew meets what training seed i of the other did. */
export function contrast(
  samples: readonly Pick<DrawnSample, 'prompt'>[],
  a: readonly Scores[],
  b: readonly Scores[],
): Contrast {
  const duels = a.map((scores, run) => {
    const other = b[run % b.length] as Scores;
    return samples.map(({ prompt }, i) => ({ prompt, margin: (scores[i] as number) - (other[i] as number) }));
  });
  const random = randomStream('reproductions');
  return { ...winRate(duels.flat(), random), bySeed: duels.map((of) => winRate(of, random, { resamples: 1 }).rate) };
}
