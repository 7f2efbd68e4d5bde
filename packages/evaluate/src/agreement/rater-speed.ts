import type { Comparison } from '@bradley/preferences';
import { type Measured, measured, quantile } from '../intervals.js';
import type { Rater } from './verdicts.js';

/** How long answers took, in milliseconds. */
export interface Speed {
  /** Answers with a time. */
  readonly timed: number;
  readonly lowerQuartile: number;
  readonly median: number;
  readonly upperQuartile: number;
  /** Answers below the threshold. */
  readonly tooFast: Measured;
}

/**
 * The speed of all answers, and of each rater's, skips included. Who answers faster than one can look has not looked; what that is
 * depends on what is shown, so the threshold is the caller's. `overall` is null, and a rater is absent, without a timed answer.
 */
export function raterSpeed(
  comparisons: Iterable<Comparison>,
  { tooFastBelow }: { readonly tooFastBelow: number },
): { readonly overall: Speed | null; readonly raters: readonly (Speed & { readonly rater: Rater })[] } {
  const byRater = new Map<Rater, number[]>();
  for (const { rater = null, milliseconds } of comparisons) {
    if (milliseconds === undefined) continue;
    const times = byRater.get(rater);
    if (times) times.push(milliseconds);
    else byRater.set(rater, [milliseconds]);
  }
  const all = [...byRater.values()].flat();
  return {
    overall: all.length > 0 ? speedOf(all, tooFastBelow) : null,
    raters: [...byRater].map(([rater, times]) => ({ rater, ...speedOf(times, tooFastBelow) })),
  };
}

function speedOf(times: readonly number[], tooFastBelow: number): Speed {
  const ascending = Float64Array.from(times).sort();
  return {
    timed: times.length,
    lowerQuartile: quantile(ascending, 0.25),
    median: quantile(ascending, 0.5),
    upperQuartile: quantile(ascending, 0.75),
    tooFast: measured({ count: times.filter((time) => time < tooFastBelow).length, total: times.length }),
  };
}
