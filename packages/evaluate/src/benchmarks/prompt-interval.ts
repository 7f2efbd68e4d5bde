import { type Interval, wilson } from '../intervals.js';

/**
 * The 95 % interval of a mean over prompts of scores in [0, 1]: Wilson's, each prompt one trial, whatever pictures it has, since those of
 * one prompt are alike. Of scores between 0 and 1 it is wider than need be; where all are the same it has a width still.
 */
export function promptInterval(scores: readonly number[]): Interval {
  const count = scores.reduce((sum, score) => sum + score, 0);
  return wilson({ count: Math.min(count, scores.length), total: scores.length });
}

/** Of the mean of independent means, from their own intervals: Zou & Donner 2008, "Construction of confidence limits", eq. 4. */
export function meanInterval(parts: readonly { readonly score: number; readonly interval: Interval }[]): Interval {
  const mean = parts.reduce((sum, { score }) => sum + score, 0) / parts.length;
  const below = Math.hypot(...parts.map(({ score, interval }) => score - interval.low));
  const above = Math.hypot(...parts.map(({ score, interval }) => interval.high - score));
  return { low: mean - below / parts.length, high: mean + above / parts.length };
}
