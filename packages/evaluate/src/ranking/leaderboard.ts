import type { Comparison } from '@bradley/preferences';
import { bradleyTerryIntervals, type Match, type Standing } from '../bradley-terry.js';
import type { Interval, Random } from '../intervals.js';
import { type ContestantOf, type LeftOut, matchesOf, modelAndAdapter } from './matches.js';
import { strengthPosterior } from './strength-posterior.js';

export interface Leaderboard {
  /** Best first. `wins`, `losses` and `ties` are of matches; a choice among k is k − 1 of them. */
  readonly standings: readonly (Standing & { readonly interval: Interval })[];
  /** Comparisons that count. */
  readonly comparisons: number;
  /** Their prompts: what is resampled. With few of them the intervals are too narrow. */
  readonly prompts: number;
  /** Comparisons that do not count, by why. */
  readonly leftOut: Readonly<Record<LeftOut, number>>;
}

/** Of more models than this the model's own spread is not computed, which takes the cube of their number. */
const mostForSpread = 200;

/**
 * Bradley–Terry strengths of models, with 95 % bootstrap intervals that resample whole prompts, widened to 1.96 standard deviations of
 * the model itself (`strengthPosterior`) where those reach further: who won every match, or was compared on one prompt, is the same in
 * every resample, and would have an interval of no width. Both bad says nothing of which is
 * better and is left out, as a skip is; a tie counts half. Give comparisons of one question: strengths over several are of none.
 */
export function leaderboard(
  comparisons: Iterable<Comparison>,
  random: Random,
  {
    contestantOf = modelAndAdapter,
    resamples = 500,
  }: { readonly contestantOf?: ContestantOf; readonly resamples?: number } = {},
): Leaderboard {
  const clusters = new Map<string, Match[]>();
  const leftOut = { skip: 0, bothBad: 0, scores: 0, unnamed: 0, 'same contestant': 0 };
  let counted = 0;
  for (const comparison of comparisons) {
    const found = matchesOf(comparison, contestantOf);
    if (typeof found === 'string') {
      leftOut[found]++;
      continue;
    }
    counted++;
    const cluster = clusters.get(found.cluster);
    if (cluster) cluster.push(...found.matches);
    else clusters.set(found.cluster, [...found.matches]);
  }
  return {
    standings: standingsOf([...clusters.values()], random, { resamples }),
    comparisons: counted,
    prompts: clusters.size,
    leftOut,
  };
}

/** The standings of matches, a cluster a prompt, with intervals as `leaderboard` gives them. */
export function standingsOf(
  clusters: readonly (readonly Match[])[],
  random: Random,
  { resamples = 500 }: { readonly resamples?: number } = {},
): Leaderboard['standings'] {
  const standings = bradleyTerryIntervals(clusters, random, { resamples });
  return standings.length > mostForSpread ? standings : widened(standings, clusters.flat());
}

function widened<S extends Standing & { readonly interval: Interval }>(standings: S[], matches: readonly Match[]): S[] {
  if (standings.length < 2) return standings;
  const { names, covariance } = strengthPosterior(matches);
  // Strengths are over the mean of all, on which the matches say nothing and the prior everything.
  const n = names.length;
  const rowMeans = names.map(
    (_, i) => covariance.subarray(i * n, (i + 1) * n).reduce((sum, value) => sum + value, 0) / n,
  );
  const ofMean = rowMeans.reduce((sum, value) => sum + value, 0) / n;
  return standings.map((standing) => {
    const i = names.indexOf(standing.name);
    const reach = 1.96 * Math.sqrt((covariance[i * n + i] as number) - 2 * (rowMeans[i] as number) + ofMean);
    const { strength, interval } = standing;
    const low = Math.min(interval.low, strength - reach);
    return { ...standing, interval: { low, high: Math.max(interval.high, strength + reach) } };
  });
}
