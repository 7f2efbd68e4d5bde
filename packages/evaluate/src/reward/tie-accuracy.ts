import type { Proportion } from '../intervals.js';

/** What people said of two pictures, and what a reward model thinks. */
export interface JudgedDifference {
  /** Score of A less score of B. */
  readonly difference: number;
  /** 1 A preferred, −1 B, 0 a tie. */
  readonly label: 1 | 0 | -1;
}

export interface TieAccuracy {
  /** Of the preferences, those on whose side the scores are. Equal scores are on neither. */
  readonly withoutTies: Proportion;
  /** Of all, those predicted right where differences of at most `threshold` are predicted ties. */
  readonly withTies: Proportion;
  /** The threshold of the most accuracy with ties, the least of equally good ones; null where predicting no tie is best. */
  readonly threshold: number | null;
}

/**
 * Accuracy with and without ties, the latter over the best threshold ε. Deutsch et al. 2023, arXiv:2305.14324, as VideoAlign
 * reports it (arXiv:2501.13918): with h ∈ {1, −1, 0} and m the difference, (C + T_hm) / all, where C counts h ≠ 0, |m| > ε on the
 * right side and T_hm counts h = 0, |m| ≤ ε, over ε ∈ {−1} ∪ {|m|}. Differences that are equal fall on one side together: VideoAlign's
 * calc_accuracy.py also looks between them, and never at ε = −1.
 */
export function tieAccuracy(judged: readonly JudgedDifference[]): TieAccuracy {
  const preferences = judged.filter(({ label }) => label !== 0);
  const right = preferences.filter(isRight).length;
  const sorted = judged.toSorted((x, y) => Math.abs(x.difference) - Math.abs(y.difference));
  let [correct, best, threshold]: [number, number, number | null] = [right, right, null];
  sorted.forEach((one, i) => {
    if (one.label === 0) correct++;
    else if (isRight(one)) correct--;
    const size = Math.abs(one.difference);
    const next = sorted[i + 1];
    const wholeGroup = next === undefined || Math.abs(next.difference) !== size;
    if (wholeGroup && correct > best) [best, threshold] = [correct, size];
  });
  return {
    withoutTies: { count: right, total: preferences.length },
    withTies: { count: best, total: judged.length },
    threshold,
  };
}

/** Accuracy with ties at a threshold that was chosen elsewhere, on the validation set for instance. */
export function accuracyAtThreshold(judged: readonly JudgedDifference[], threshold: number | null): Proportion {
  const right = judged.filter((one) => {
    const tie = threshold !== null && Math.abs(one.difference) <= threshold;
    return one.label === 0 ? tie : !tie && isRight(one);
  });
  return { count: right.length, total: judged.length };
}

const isRight = ({ difference, label }: JudgedDifference): boolean => label !== 0 && Math.sign(difference) === label;
