import { rankByRewards } from '@bradley/preferences';

/** What several scorers say of the candidates of one prompt: a row of k for each of n scorers. */
export type Rewards = readonly (readonly number[])[];

/** How a scorer's rewards are spread over all candidates of a set. */
export interface Spread {
  readonly mean: number;
  readonly deviation: number;
}

/** One number for each candidate from those of several scorers, higher is better. */
interface Combination {
  readonly summary: string;
  readonly combine: (rewards: Rewards, weights: readonly number[], spreads: readonly Spread[]) => number[];
}

/** How scorers decide together. One scorer alone decides the same in each, near ties apart. */
export const combinations = {
  sum: {
    summary: 'weighted mean of the rewards, each standardised over the whole set',
    combine: (rewards, weights, spreads) =>
      weightedMean(
        rewards.map((row, n) => row.map((reward) => standardised(reward, spreads[n] as Spread))),
        weights,
      ),
  },
  rank: {
    summary: 'weighted mean of the ranks within the prompt, 1 for the best and 0 for the worst',
    combine: (rewards, weights) => weightedMean(rewards.map(relativeRanks), weights),
  },
  vote: {
    summary: "share of the comparisons within the prompt that it wins, Syn-Pic's φ; every scorer has one vote",
    combine: (rewards) => [...rankByRewards(rewards).phi],
  },
} as const satisfies Record<string, Combination>;

export type CombinationName = keyof typeof combinations;
export const combinationNames = Object.keys(combinations) as [CombinationName, ...CombinationName[]];

/** A reward that all candidates share says nothing: 0. */
const standardised = (reward: number, { mean, deviation }: Spread): number =>
  deviation > 0 ? (reward - mean) / deviation : 0;

function weightedMean(rows: Rewards, weights: readonly number[]): number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const k = rows[0]?.length ?? 0;
  return Array.from(
    { length: k },
    (_, i) => rows.reduce((sum, row, n) => sum + (weights[n] ?? 0) * (row[i] ?? 0), 0) / total,
  );
}

/** How many of the others a candidate beats, a tie counting one half, as a share. */
function relativeRanks(row: readonly number[]): number[] {
  return row.map((own, i) => {
    const beaten = row.reduce((sum, other, j) => sum + (j === i || other > own ? 0 : other === own ? 0.5 : 1), 0);
    return beaten / (row.length - 1);
  });
}

/** Mean and standard deviation of each scorer's rewards, seen prompt by prompt (Welford's updates: exact for any scale). */
export function spreadMeter(scorers: number): { see(rewards: Rewards): void; spreads(): Spread[] } {
  const state = Array.from({ length: scorers }, () => ({ count: 0, mean: 0, squares: 0 }));
  return {
    see(rewards) {
      for (const [n, row] of rewards.entries())
        for (const reward of row) {
          const of = state[n] as (typeof state)[number];
          const from = reward - of.mean;
          of.count++;
          of.mean += from / of.count;
          of.squares += from * (reward - of.mean);
        }
    },
    spreads: () =>
      state.map(({ count, mean, squares }) => ({ mean, deviation: count > 0 ? Math.sqrt(squares / count) : 0 })),
  };
}
