import type { Proportion } from '../intervals.js';
import type { JudgedDifference } from './tie-accuracy.js';

/** Preferences that were predicted with about the same confidence. */
export interface ReliabilityBin {
  /** Confidence from `low` to below `high`. */
  readonly low: number;
  readonly high: number;
  /** The mean of what was predicted; null of none. */
  readonly confidence: number | null;
  /** How many were as predicted; a half for those at exactly one half. */
  readonly right: Proportion;
}

export interface Calibration {
  readonly bins: readonly ReliabilityBin[];
  /** Expected calibration error: |confidence − share right| over the bins, weighed by their counts. Null of none. */
  readonly error: number | null;
}

/**
 * The temperature T of P(A ≻ B) = σ((A − B) / T) that makes the preferences likeliest: Guo et al. 2017, arXiv:1706.04599. Ties are
 * not looked at. Null where no T is likeliest: nothing to fit on, all right, or no better than chance.
 */
export function fitTemperature(judged: readonly JudgedDifference[]): number | null {
  const margins = judged.filter(({ label }) => label !== 0).map(({ difference, label }) => difference * label);
  const scale = margins.reduce((sum, margin) => sum + Math.abs(margin), 0) / margins.length;
  // The slope of the likelihood in 1/T falls: positive at 0 where scores are better than chance, negative far out unless all are right.
  const slope = (inverse: number): number =>
    margins.reduce((sum, margin) => sum + margin / (1 + Math.exp(inverse * margin)), 0);
  if (!(scale > 0) || margins.every((margin) => margin >= 0) || slope(0) <= 0) return null;
  let [low, high] = [0, 1 / scale];
  while (slope(high) > 0) [low, high] = [high, 2 * high];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (slope(middle) > 0) low = middle;
    else high = middle;
  }
  return 2 / (low + high);
}

/** How often preferences are as predicted, by how surely: from one half, where the scores are equal, to 1. */
export function calibration(judged: readonly JudgedDifference[], temperature: number, count = 10): Calibration {
  const bins = Array.from({ length: count }, () => ({ confidence: 0, right: 0, total: 0 }));
  for (const { difference, label } of judged) {
    if (label === 0) continue;
    const confidence = 1 / (1 + Math.exp(-Math.abs(difference) / temperature));
    const bin = bins[Math.min(count - 1, Math.floor((confidence - 0.5) * 2 * count))] as (typeof bins)[number];
    bin.total++;
    bin.confidence += confidence;
    bin.right += difference === 0 ? 0.5 : Number(Math.sign(difference) === label);
  }
  const total = bins.reduce((sum, bin) => sum + bin.total, 0);
  const gaps = bins.reduce((sum, { confidence, right }) => sum + Math.abs(confidence - right), 0);
  return {
    bins: bins.map(({ confidence, right, total }, i) => ({
      low: 0.5 + i / (2 * count),
      high: 0.5 + (i + 1) / (2 * count),
      confidence: total > 0 ? confidence / total : null,
      right: { count: right, total },
    })),
    error: total > 0 ? gaps / total : null,
  };
}
