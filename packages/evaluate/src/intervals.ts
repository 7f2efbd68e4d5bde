/** A range that holds the true value in 95 % of repetitions, or at the level asked for. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** `count` successes in `total` trials. A proportion is never shown without its count, total and interval. */
export interface Proportion {
  readonly count: number;
  readonly total: number;
}

/** Uniform numbers in [0, 1), such as one stream of the counter-based generator. */
export type Random = () => number;

/**
 * The Wilson score interval of a proportion. Wilson 1927, "Probable inference, the law of succession, and statistical
 * inference". With no trials nothing is known: [0, 1]. `count` may be a half where a tie counts ½.
 */
export function wilson({ count, total }: Proportion, z = zOfLevel[0.95]): Interval {
  checkProportion({ count, total });
  if (total === 0) return { low: 0, high: 1 };
  const p = count / total;
  const shrink = 1 + z ** 2 / total;
  const centre = (p + z ** 2 / (2 * total)) / shrink;
  const half = (z / shrink) * Math.sqrt((p * (1 - p)) / total + z ** 2 / (4 * total ** 2));
  return { low: count === 0 ? 0 : centre - half, high: count === total ? 1 : centre + half };
}

/** A proportion with its share and Wilson interval. The share of nothing is null, and its interval [0, 1]. */
export interface Measured extends Proportion {
  readonly share: number | null;
  readonly interval: Interval;
}

export function measured({ count, total }: Proportion = { count: 0, total: 0 }): Measured {
  return { count, total, share: total > 0 ? count / total : null, interval: wilson({ count, total }) };
}

/** The normal quantiles (1 + level) / 2 of the levels in use. */
export const zOfLevel = { 0.9: 1.6448536269514722, 0.95: 1.959963984540054, 0.99: 2.5758293035489004 };

export function checkProportion({ count, total }: Proportion): void {
  if (Number.isInteger(total) && total >= 0 && count >= 0 && count <= total) return;
  throw new Error(`a proportion needs 0 ≤ count ≤ total with a whole total, found ${count} of ${total}.`);
}

/**
 * The percentile bootstrap interval of a statistic, resampling whole clusters (all judgements of one prompt, say), since
 * those within one are not independent. `statistic` sees the flattened items of each resample. Efron 1979; clusters as in
 * Davison & Hinkley 1997, §3.8.
 */
export function bootstrap<Item>(
  clusters: readonly (readonly Item[])[],
  statistic: (items: readonly Item[]) => number,
  random: Random,
  { resamples = 2000, level = 0.95 }: { readonly resamples?: number; readonly level?: number } = {},
): Interval {
  if (clusters.length === 0) throw new Error('the bootstrap needs at least one cluster, found none.');
  const values = new Float64Array(resamples);
  for (let i = 0; i < resamples; i++) {
    values[i] = statistic(resample(clusters, random));
  }
  values.sort();
  return { low: quantile(values, (1 - level) / 2), high: quantile(values, (1 + level) / 2) };
}

/** As many clusters as there are, drawn with replacement, flattened. */
export function resample<Item>(clusters: readonly (readonly Item[])[], random: Random): Item[] {
  const items: Item[] = [];
  for (let i = 0; i < clusters.length; i++) items.push(...(clusters[Math.floor(random() * clusters.length)] ?? []));
  return items;
}

/** The quantile q of ascending values, with linear interpolation between the order statistics. */
export function quantile(ascending: ArrayLike<number>, q: number): number {
  const position = q * (ascending.length - 1);
  const below = Math.floor(position);
  const low = ascending[below] ?? Number.NaN;
  const high = ascending[Math.min(below + 1, ascending.length - 1)] ?? Number.NaN;
  return low + (high - low) * (position - below);
}
