/**
 * The two-sided exact sign test: how likely, were wins and losses equally likely, a split at least as uneven as this one.
 * Ties carry no sign and are left out by the caller. 1 where there is nothing to judge.
 */
export function signTest({ wins, losses }: { readonly wins: number; readonly losses: number }): number {
  for (const count of [wins, losses]) {
    if (!Number.isInteger(count) || count < 0)
      throw new Error(`the sign test needs whole counts ≥ 0, found ${wins} and ${losses}.`);
  }
  const n = wins + losses;
  let tail = 0;
  let logTerm = -n * Math.LN2; // ln C(n, k) 2⁻ⁿ
  for (let k = 0; k <= Math.min(wins, losses); k++) {
    tail += Math.exp(logTerm);
    logTerm += Math.log((n - k) / (k + 1));
  }
  return Math.min(1, 2 * tail);
}

/** The same items judged twice: how many were right only before, and only after. Items alike in both do not matter. */
export interface Paired {
  readonly onlyBefore: number;
  readonly onlyAfter: number;
}

/** The exact McNemar test of two proportions on the same items: the sign test of the items that changed. Two-sided. */
export function mcnemarTest({ onlyBefore, onlyAfter }: Paired): number {
  return signTest({ wins: onlyAfter, losses: onlyBefore });
}
