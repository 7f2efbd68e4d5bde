import { type Interval, quantile, type Random } from '../intervals.js';

/** What a rater said of a unit. Ordinal and interval ratings are numbers. */
export type Rating = string | number;

/** The ratings of one unit, by whomever. `null` and `undefined` are missing ratings. */
export type Unit = readonly (Rating | null | undefined)[];

export type AlphaMetric = keyof typeof metrics;

/** α of the units that two or more rated, or why there is none. */
export type Alpha =
  | { readonly alpha: number; readonly units: number; readonly ratings: number }
  | {
      readonly alpha: null;
      readonly reason: 'no unit has two ratings' | 'all ratings are the same';
      readonly units: number;
      readonly ratings: number;
    };

/**
 * Krippendorff's α: 1 is full agreement, 0 what chance gives, below 0 worse than chance. Krippendorff 2011, "Computing
 * Krippendorff's Alpha-Reliability", in its form for missing data:
 *   α = 1 − Dₒ / Dₑ,   Dₒ = 1/n Σ_u 1/(m_u − 1) Σ_{i ≠ j in u} δ²(xᵢ, xⱼ),   Dₑ = 1/(n(n − 1)) Σ_{i ≠ j} δ²(xᵢ, xⱼ),
 * over the n ratings of units with m_u ≥ 2. δ² is [x ≠ y] (nominal), (x − y)² (interval), or the squared difference of the
 * mid-ranks among the n ratings (ordinal: the paper's Σ n_g − (n_c + n_k)/2 is that difference).
 */
export function krippendorffAlpha(units: readonly Unit[], metric: AlphaMetric): Alpha {
  return alphaOf(pairable(units, metric), metric);
}

export type AlphaWithInterval = Alpha & {
  /** Null where α is, or where more than half of the resamples have no α. */
  readonly interval: Interval | null;
  /** Resamples without variation. They are left out of the interval. */
  readonly undefinedResamples: number;
};

/** α with its percentile bootstrap interval, whole units being resampled: they are what is independent. */
export function krippendorffInterval(
  units: readonly Unit[],
  metric: AlphaMetric,
  random: Random,
  { resamples = 1000, level = 0.95 }: { readonly resamples?: number; readonly level?: number } = {},
): AlphaWithInterval {
  const rated = pairable(units, metric);
  const whole = alphaOf(rated, metric);
  if (whole.alpha === null) return { ...whole, interval: null, undefinedResamples: 0 };
  const alphas: number[] = [];
  for (let draw = 0; draw < resamples; draw++) {
    const { alpha } = alphaOf(
      rated.map(() => rated[Math.floor(random() * rated.length)] ?? []),
      metric,
    );
    if (alpha !== null) alphas.push(alpha);
  }
  alphas.sort((a, b) => a - b);
  const interval =
    alphas.length * 2 < resamples
      ? null
      : { low: quantile(alphas, (1 - level) / 2), high: quantile(alphas, (1 + level) / 2) };
  return { ...whole, interval, undefinedResamples: resamples - alphas.length };
}

type Rated = readonly (readonly Rating[])[];

/** The units that can be compared with themselves: those with two ratings or more. */
function pairable(units: readonly Unit[], metric: AlphaMetric): Rated {
  const rated = units
    .map((unit) => unit.filter((rating) => rating !== null && rating !== undefined))
    .filter(({ length }) => length >= 2);
  const wrong = rated.flat().find((rating) => metric !== 'nominal' && !Number.isFinite(rating));
  if (wrong === undefined) return rated;
  throw new Error(`α of ${metric} ratings needs finite numbers, found ${JSON.stringify(wrong)}. Names are nominal.`);
}

function alphaOf(units: Rated, metric: AlphaMetric): Alpha {
  const all = units.flat();
  const size = { units: units.length, ratings: all.length };
  if (units.length === 0) return { alpha: null, reason: 'no unit has two ratings', ...size };
  if (all.every((rating) => rating === all[0])) return { alpha: null, reason: 'all ratings are the same', ...size };
  const disagreement = metrics[metric](all);
  let observed = 0;
  for (const unit of units) observed += disagreement(unit) / (unit.length - 1);
  return { alpha: 1 - ((all.length - 1) * observed) / disagreement(all), ...size };
}

/** Given all ratings, what sums δ² over the ordered pairs of some of them, without visiting pairs. */
const metrics = {
  nominal: () => unequalPairs,
  interval: () => (ratings: readonly Rating[]) => squaredDifferences(ratings.map(Number)),
  ordinal: (all: readonly Rating[]) => {
    const rank = midRanks(all.map(Number));
    return (ratings: readonly Rating[]) => squaredDifferences(ratings.map((rating) => rank.get(Number(rating)) ?? 0));
  },
};

/** Σ [xᵢ ≠ xⱼ] = m² − Σ n_c². */
function unequalPairs(ratings: readonly Rating[]): number {
  let equal = 0;
  for (const count of countsOf(ratings).values()) equal += count ** 2;
  return ratings.length ** 2 - equal;
}

/** Σ (xᵢ − xⱼ)² = 2 m Σ (xᵢ − mean)². */
function squaredDifferences(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return 2 * values.length * values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
}

function midRanks(values: readonly number[]): Map<number, number> {
  let below = 0;
  const ranks = new Map<number, number>();
  for (const [value, count] of [...countsOf(values)].sort(([a], [b]) => a - b)) {
    ranks.set(value, below + count / 2);
    below += count;
  }
  return ranks;
}

function countsOf<Item>(items: readonly Item[]): Map<Item, number> {
  const counts = new Map<Item, number>();
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
  return counts;
}
