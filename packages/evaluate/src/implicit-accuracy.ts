import type { TrainingGroup } from '@bradley/preferences';
import { uniform } from '@bradley/runtime';
import { bootstrap, type Interval, type Proportion, wilson } from './intervals.js';

/** The share of pairs that rewards order as their labels do, with a 95 % interval. */
export interface ImplicitAccuracy extends Proportion {
  readonly interval: Interval;
}

/**
 * How many pairs of candidates whose φ differ have their rewards in the same order: all pairs of a ranking, the one of a pair. The
 * interval is Wilson's for pairs. Pairs of one ranking depend on each other, so whole rankings are resampled where there are any.
 *
 * @param rewards of each group's candidates, best first
 */
export function implicitAccuracy(
  groups: readonly Pick<TrainingGroup, 'phi'>[],
  rewards: readonly ArrayLike<number>[],
): ImplicitAccuracy {
  const ordered = groups.map(({ phi }, g) => orderedPairs(phi, rewards[g] as ArrayLike<number>));
  const { count, total } = sumOf(ordered);
  if (ordered.length === 0 || ordered.every((of) => of.total === 1))
    return { count, total, interval: wilson({ count, total }) };
  let draw = 0;
  const random = (): number => uniform({ seed: 0, stream: 'bootstrap', step: 0, index: draw++ }, 1)[0] as number;
  const share = (sample: readonly Proportion[]): number => {
    const all = sumOf(sample);
    return all.count / all.total;
  };
  return {
    count,
    total,
    interval: bootstrap(
      ordered.map((of) => [of]),
      share,
      random,
    ),
  };
}

function orderedPairs(phi: readonly number[], rewards: ArrayLike<number>): Proportion {
  let [count, total] = [0, 0];
  for (const [i, better] of phi.entries())
    for (const [j, worse] of phi.entries()) {
      if (better <= worse) continue;
      total++;
      if ((rewards[i] as number) > (rewards[j] as number)) count++;
    }
  return { count, total };
}

const sumOf = (proportions: readonly Proportion[]): Proportion =>
  proportions.reduce((sum, of) => ({ count: sum.count + of.count, total: sum.total + of.total }), {
    count: 0,
    total: 0,
  });
