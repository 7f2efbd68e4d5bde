import { binomialProbabilities } from '../binomial.js';
import { zOfPower } from '../choices-needed.js';
import { zOfLevel } from '../intervals.js';
import type { WinRate } from './win-rate.js';

/** More prompts than this are no plan. */
export const mostPrompts = 10_000;

/**
 * About how many prompts decide with 80 % probability, were the rates that were seen the true ones, as `conclude` decides. For its sign test: the
 * power of the exact test among prompts that are won or lost, at `level`; the least such number by bisection, which the test's steps move by a few.
 * For its interval: so many that it is narrower by (1.96 + 0.84) / 1.96 than would just exclude ½, as it narrows with √n.
 *
 * @param level of the sign test: 0.05 shared by the contestants
 * @returns in all, never fewer than there were and one more; 'unknown' beyond 10,000, where nothing was seen, and where rate and prompts point to different sides
 */
export function promptsNeeded(
  {
    rate,
    interval,
    prompts,
    promptsWon: won,
    promptsLost: lost,
  }: Pick<WinRate, 'rate' | 'interval' | 'prompts' | 'promptsWon' | 'promptsLost'>,
  level: number,
): number | 'unknown' {
  const edge = Math.abs(rate - 0.5);
  if (edge === 0 || won === lost || rate > 0.5 !== won > lost) return 'unknown';
  const half = rate > 0.5 ? rate - interval.low : interval.high - rate;
  const forInterval = prompts * ((1 + zOfPower[0.8] / zOfLevel[0.95]) * (half / edge)) ** 2;
  const decided = leastDecided(won / (won + lost), level);
  const forSigns = (decided * prompts) / (won + lost); // the others are tied, then too
  const needed = Math.max(Math.ceil(forInterval), Math.ceil(forSigns), prompts + 1);
  return needed > mostPrompts ? 'unknown' : needed;
}

/** Prompts, each won or lost, that the sign test decides at this share of wins. Infinity beyond the most. */
function leastDecided(share: number, level: number): number {
  const isEnough = (n: number): boolean => signTestPower(n, share, level) >= 0.8;
  if (!isEnough(mostPrompts)) return Number.POSITIVE_INFINITY;
  let [few, enough] = [0, mostPrompts];
  while (enough - few > 1) {
    const middle = Math.floor((few + enough) / 2);
    if (isEnough(middle)) enough = middle;
    else few = middle;
  }
  return enough;
}

/** The probability that the two-sided exact sign test of n prompts is below the level, at this share of wins. */
export function signTestPower(n: number, share: number, level: number): number {
  const fair = binomialProbabilities(n, 0.5);
  let rejected = 0; // counts 0 … rejected − 1, and as many at the other end
  for (let tail = fair[0] as number; 2 * tail < level && 2 * rejected < n; tail += fair[rejected] as number) rejected++;
  const probabilities = binomialProbabilities(n, share);
  let power = 0;
  for (let k = 0; k < rejected; k++) power += (probabilities[k] as number) + (probabilities[n - k] as number);
  return power;
}
