import type { Comparison } from '@bradley/preferences';
import { binomialTest } from '../binomial.js';
import { type Measured, measured } from '../intervals.js';
import type { Rater } from './verdicts.js';

/** Of the decided comparisons of k candidates: how often what stood first won. */
export interface PositionBias extends Measured {
  /** Candidates on screen. Without bias the share is 1/k. */
  readonly k: number;
  /** Exact two-sided binomial test against 1/k; for pairs it is the sign test. Small: the place matters. */
  readonly p: number;
}

export interface PositionBiases {
  /** One row for each k, ascending. Empty where no decided comparison says what was shown first. */
  readonly overall: readonly PositionBias[];
  readonly raters: readonly (PositionBias & { readonly rater: Rater })[];
  /** Decided comparisons without `shown`: they cannot tell. */
  readonly withoutOrder: number;
}

/**
 * Whether the place on screen decides. Decided are a winner and a ranking, whose first is its winner; where sides are drawn at
 * random, what stood first wins 1/k of them. Many raters are many tests: of twenty without bias one has p < 0.05.
 */
export function positionBias(comparisons: Iterable<Comparison>): PositionBiases {
  const overall = new Map<number, { count: number; total: number }>();
  const byRater = new Map<Rater, Map<number, { count: number; total: number }>>();
  let withoutOrder = 0;
  for (const { outcome, shown, candidates, rater = null } of comparisons) {
    const winner =
      outcome.kind === 'winner' ? outcome.index : outcome.kind === 'ranking' ? outcome.order[0] : undefined;
    if (winner === undefined) continue;
    if (!shown) {
      withoutOrder++;
      continue;
    }
    const own = byRater.get(rater) ?? new Map<number, { count: number; total: number }>();
    byRater.set(rater, own);
    for (const counts of [overall, own]) {
      const before = counts.get(candidates.length) ?? { count: 0, total: 0 };
      counts.set(candidates.length, {
        count: before.count + (shown[0] === winner ? 1 : 0),
        total: before.total + 1,
      });
    }
  }
  return {
    overall: rows(overall),
    raters: [...byRater].flatMap(([rater, counts]) => rows(counts).map((row) => ({ rater, ...row }))),
    withoutOrder,
  };
}

function rows(counts: ReadonlyMap<number, { count: number; total: number }>): PositionBias[] {
  return [...counts]
    .sort(([a], [b]) => a - b)
    .map(([k, proportion]) => ({ k, ...measured(proportion), p: binomialTest(proportion, 1 / k) }));
}
