import { signTest } from '../exact-tests.js';
import { bootstrap, type Interval, type Random, wilson } from '../intervals.js';

/** One judgement of a contestant against the base, on the same prompt and seed. */
export interface Duel {
  readonly prompt: string;
  readonly category?: string;
  /** How much better the contestant is, in the judge's units; 0 is a tie. People only have a side: 1 or −1. */
  readonly margin: number;
}

export interface WinRate {
  readonly wins: number;
  readonly ties: number;
  readonly losses: number;
  readonly duels: number;
  readonly prompts: number;
  /** Prompts of which more seeds are won than lost, and the other way round. */
  readonly promptsWon: number;
  readonly promptsLost: number;
  /** (wins + ½ ties) / duels. */
  readonly rate: number;
  /** Wilson's 95 % interval of the rate. It takes the seeds of a prompt for independent. */
  readonly wilson: Interval;
  /** The 95 % percentile bootstrap interval of the rate, over whole prompts. Without width where all prompts say the same. */
  readonly bootstrap: Interval;
  /** From the lower of their ends to the upper: what a decision needs to exclude ½. */
  readonly interval: Interval;
  /** Two-sided exact sign test over prompts: a prompt is won where more of its seeds are won than lost. */
  readonly signTest: number;
  /** In the judge's units, with its bootstrap interval over prompts. */
  readonly margin: { readonly mean: number; readonly interval: Interval };
}

/** What the duels of one prompt add up to: resamples add these up, not the duels. */
interface PromptSum {
  readonly duels: number;
  readonly won: number;
  readonly margin: number;
}

/**
 * The win rate of a contestant over the base: the share of duels it wins, ties counted apart and as ½ in the rate (Wallace et al.
 * 2023, arXiv:2311.12908, §5.4, with the same seed for both).
 * @throws Error where there is no duel, or a margin that is no number
 */
export function winRate(
  duels: readonly Duel[],
  random: Random,
  { resamples = 2000 }: { readonly resamples?: number } = {},
): WinRate {
  if (duels.length === 0) throw new Error('a win rate needs at least one duel, found none.');
  const bad = duels.find(({ margin }) => Number.isNaN(margin));
  if (bad) throw new Error(`the margin of a duel on "${bad.prompt}" is not a number.`);
  const sums = [...byPrompt(duels).values()].map(sumOf);
  const wins = duels.filter(({ margin }) => margin > 0).length;
  const ties = duels.filter(({ margin }) => margin === 0).length;
  const losses = duels.length - wins - ties;
  const promptsWon = sums.filter((sum) => 2 * sum.won > sum.duels).length;
  const promptsLost = sums.filter((sum) => 2 * sum.won < sum.duels).length;
  const clusters = sums.map((sum) => [sum]);
  const share = (of: (sum: PromptSum) => number) => (items: readonly PromptSum[]) =>
    items.reduce((total, item) => total + of(item), 0) / items.reduce((total, item) => total + item.duels, 0);
  const proportion = wilson({ count: wins + ties / 2, total: duels.length });
  const resampled = bootstrap(
    clusters,
    share(({ won }) => won),
    random,
    { resamples },
  );
  return {
    wins,
    ties,
    losses,
    duels: duels.length,
    prompts: sums.length,
    rate: (wins + ties / 2) / duels.length,
    wilson: proportion,
    bootstrap: resampled,
    interval: { low: Math.min(proportion.low, resampled.low), high: Math.max(proportion.high, resampled.high) },
    promptsWon,
    promptsLost,
    signTest: signTest({ wins: promptsWon, losses: promptsLost }),
    margin: {
      mean: share(({ margin }) => margin)(sums),
      interval: bootstrap(
        clusters,
        share(({ margin }) => margin),
        random,
        { resamples },
      ),
    },
  };
}

/** Each category's duels, in the order in which they first come; duels without a category are in none. */
export function byCategory(duels: readonly Duel[]): ReadonlyMap<string, readonly Duel[]> {
  const found = new Map<string, Duel[]>();
  for (const duel of duels) {
    if (duel.category === undefined) continue;
    const list = found.get(duel.category);
    if (list) list.push(duel);
    else found.set(duel.category, [duel]);
  }
  return found;
}

function byPrompt(duels: readonly Duel[]): Map<string, Duel[]> {
  const found = new Map<string, Duel[]>();
  for (const duel of duels) {
    const list = found.get(duel.prompt);
    if (list) list.push(duel);
    else found.set(duel.prompt, [duel]);
  }
  return found;
}

/** What a duel counts: 1 won, ½ tied, 0 lost. */
export const worth = (margin: number): number => (Math.sign(margin) + 1) / 2;

function sumOf(duels: readonly Duel[]): PromptSum {
  return {
    duels: duels.length,
    won: duels.reduce((sum, { margin }) => sum + worth(margin), 0),
    margin: duels.reduce((sum, { margin }) => sum + margin, 0),
  };
}
