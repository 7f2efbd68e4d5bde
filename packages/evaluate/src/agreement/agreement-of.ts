import type { Comparison } from '@bradley/preferences';
import { type Measured, measured } from '../intervals.js';
import { type Alpha, krippendorffAlpha } from './krippendorff.js';
import { placeOf, type Rater, type Verdict, verdictsOf } from './verdicts.js';

export interface RaterAgreement {
  readonly rater: Rater;
  /** Verdicts, repeats included. */
  readonly verdicts: number;
  /** Of the units where the others had one most frequent verdict: how often the rater's was the same. */
  readonly withOthers: Measured;
  /** Of the verdicts on what the rater had judged before: how many said the same as the first. */
  readonly withSelf: Measured;
}

export interface Agreement {
  /** Nominal α over the winner's place among the candidates in a fixed order, tie and bothBad. Beyond chance, unlike the shares. */
  readonly alpha: Alpha;
  /** The units, each with one verdict per rater: what `krippendorffInterval(units, 'nominal', random)` takes. */
  readonly units: readonly (readonly string[])[];
  /** In the order of first appearance. */
  readonly raters: readonly RaterAgreement[];
}

/**
 * How far people who judged the same candidates agree. A verdict names the winning candidate, wherever it stood. Where a rater
 * judged a unit again, the first verdict counts between raters, and the later ones tell how consistent the rater is.
 */
export function agreementOf(comparisons: Iterable<Comparison>): Agreement {
  const { units, repeats, verdicts } = arrange(verdictsOf(comparisons));
  const withOthers = new Map<Rater, { count: number; total: number }>();
  for (const unit of units.values()) {
    const counts = new Map<string, number>();
    for (const verdict of unit.values()) counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
    for (const [rater, verdict] of unit) {
      const others = mostFrequentWithout(counts, verdict);
      if (others !== null) tally(withOthers, rater, others === verdict);
    }
  }
  const labels = [...units].map(([task, unit]) => [...unit.values()].map((verdict) => placeOf(task, verdict)));
  return {
    alpha: krippendorffAlpha(labels, 'nominal'),
    units: labels,
    raters: [...verdicts].map(([rater, count]) => ({
      rater,
      verdicts: count,
      withOthers: measured(withOthers.get(rater)),
      withSelf: measured(repeats.get(rater)),
    })),
  };
}

export interface PairAgreement extends Measured {
  readonly raters: readonly [Rater, Rater];
}

/**
 * For every two raters with a unit in common, how often they said the same. The work is the square of the raters of a unit: ask
 * for a handful of raters, not for a gold question that thousands answered.
 */
export function agreementOfPairs(comparisons: Iterable<Comparison>): PairAgreement[] {
  const { units, verdicts } = arrange(verdictsOf(comparisons));
  const raters = [...verdicts.keys()];
  const numberOf = new Map(raters.map((rater, i) => [rater, i]));
  const pairs = new Map<number, { count: number; total: number }>();
  for (const unit of units.values()) {
    const judged = [...unit].map(([rater, verdict]) => ({ rater: numberOf.get(rater) ?? 0, verdict }));
    judged.sort((a, b) => a.rater - b.rater);
    for (const [i, a] of judged.entries()) {
      for (const b of judged.slice(i + 1)) tally(pairs, a.rater * raters.length + b.rater, a.verdict === b.verdict);
    }
  }
  return [...pairs].map(([key, proportion]) => ({
    raters: [raters[Math.floor(key / raters.length)] ?? null, raters[key % raters.length] ?? null],
    ...measured(proportion),
  }));
}

/** The first verdict of each rater on each unit, how their later ones compare, and how many each rater gave. */
function arrange(given: readonly Verdict[]) {
  const units = new Map<string, Map<Rater, string>>();
  const repeats = new Map<Rater, { count: number; total: number }>();
  const verdicts = new Map<Rater, number>();
  for (const { unit, verdict, rater } of given) {
    verdicts.set(rater, (verdicts.get(rater) ?? 0) + 1);
    const judged = units.get(unit) ?? new Map<Rater, string>();
    units.set(unit, judged);
    const first = judged.get(rater);
    if (first === undefined) judged.set(rater, verdict);
    else tally(repeats, rater, first === verdict);
  }
  return { units, repeats, verdicts };
}

/** The most frequent verdict once one `own` is taken away, or null where none is left or several share the first place. */
function mostFrequentWithout(counts: ReadonlyMap<string, number>, own: string): string | null {
  let most: string | null = null;
  let best = 0;
  for (const [verdict, all] of counts) {
    const count = verdict === own ? all - 1 : all;
    if (count === best) most = null;
    if (count <= best) continue;
    most = verdict;
    best = count;
  }
  return most;
}

function tally<Key>(counts: Map<Key, { count: number; total: number }>, key: Key, success: boolean): void {
  const proportion = counts.get(key) ?? { count: 0, total: 0 };
  proportion.total += 1;
  if (success) proportion.count += 1;
  counts.set(key, proportion);
}
