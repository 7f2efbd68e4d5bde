import { binomialProbabilities } from './binomial.js';
import { type Interval, type Proportion, wilson, zOfLevel } from './intervals.js';

/** The normal quantiles of the powers in use. */
export const zOfPower = { 0.8: 0.8416212335729143, 0.9: 1.2815515655446004 };

export interface ChoicesNeeded {
  /** Whether the Wilson interval of the share of wins excludes ½. */
  readonly decided: boolean;
  readonly interval: Interval;
  /**
   * Choices in total, those already made included, that would decide with the wanted power were the observed share the true one.
   * 'unknown' where it is ½, or so near that it would take more than `most`, and without a choice.
   */
  readonly needed: number | 'unknown';
  /** The same were the true share the centre of the interval, which few choices leave nearer ½. At least `needed`. */
  readonly cautious: number | 'unknown';
}

/**
 * Whether a blind comparison with so many wins is decided, and if not, how many choices it would take. Ties are left out by the
 * caller. Wilson's interval at w of n excludes ½ exactly where (w − n/2)² > z² n/4 (1927: it inverts that test), so its power at
 * share p is the binomial probability of those w, computed exactly. That power is a sawtooth in n; `needed` is the least n from
 * which on it stays at `power` or above. Where `decided`, both are what the comparison would have needed.
 */
export function choicesNeeded({
  wins,
  total,
  level = 0.95,
  power = 0.8,
  most = 10_000,
}: {
  readonly wins: number;
  readonly total: number;
  readonly level?: keyof typeof zOfLevel;
  readonly power?: keyof typeof zOfPower;
  readonly most?: number;
}): ChoicesNeeded {
  const z = zOfLevel[level];
  const interval = wilson({ count: wins, total }, z);
  const needed = (share: number) => leastTotal(share, z, power, most);
  if (total === 0) return { decided: false, interval, needed: 'unknown', cautious: 'unknown' };
  return {
    decided: excludesHalf({ count: wins, total }, z),
    interval,
    needed: needed(wins / total),
    cautious: needed((wins + z ** 2 / 2) / (total + z ** 2)),
  };
}

/** The probability that n choices at this true share have an interval that excludes ½, on either side. */
export function powerOfChoices(n: number, share: number, z: number = zOfLevel[0.95]): number {
  let power = 0;
  for (const [count, probability] of binomialProbabilities(n, share).entries())
    if (excludesHalf({ count, total: n }, z)) power += probability;
  return power;
}

/**
 * The smallest share above ½ that so many choices decide with 80 % probability (95 % interval): what a design can detect. To 10⁻³, from
 * above; null where not even a share of 1 is decided.
 */
export const smallestShare = (n: number): number | null => smallestShareOf((share) => powerOfChoices(n, share));

/** The smallest share above ½ at which a power that rises with the share is 80 %, as `smallestShare` has it. */
export function smallestShareOf(powerAt: (share: number) => number): number | null {
  if (powerAt(1) < 0.8) return null;
  let [low, high] = [500, 1000];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (powerAt(middle / 1000) >= 0.8) high = middle;
    else low = middle;
  }
  return high / 1000;
}

function excludesHalf({ count, total }: Proportion, z: number): boolean {
  return (2 * count - total) ** 2 > z ** 2 * total;
}

function leastTotal(share: number, z: number, power: keyof typeof zOfPower, most: number): number | 'unknown' {
  const edge = Math.abs(2 * share - 1);
  // The normal approximation, whose variance of ¼ is the largest, with one standard error to spare: above every tooth of the saw.
  const ample = Math.ceil(((z + zOfPower[power] + 1) / edge) ** 2) + 20;
  let n = Math.min(ample, most);
  if (powerOfChoices(n, share, z) < power) return 'unknown';
  while (n > 1 && powerOfChoices(n - 1, share, z) >= power) n--;
  return n;
}
