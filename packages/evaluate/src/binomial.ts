import { checkProportion, type Proportion } from './intervals.js';

/**
 * P(X = 0 … n) of n trials that each succeed with probability p. Built outwards from the mode by the ratio of neighbours and then
 * scaled to sum 1, so that large n neither overflow nor lose digits.
 */
export function binomialProbabilities(n: number, p: number): Float64Array {
  if (!Number.isInteger(n) || n < 0 || !(p >= 0 && p <= 1))
    throw new Error(`a binomial needs a whole n ≥ 0 and 0 ≤ p ≤ 1, found n ${n} and p ${p}.`);
  const terms = new Float64Array(n + 1);
  const mode = Math.min(n, Math.floor((n + 1) * p));
  terms[mode] = 1;
  let sum = 1;
  for (let k = mode, term = 1; k < n && term > 0; k++) {
    term *= p === 1 ? 0 : ((n - k) / (k + 1)) * (p / (1 - p));
    terms[k + 1] = term;
    sum += term;
  }
  for (let k = mode, term = 1; k > 0 && term > 0; k--) {
    term *= p === 0 ? 0 : (k / (n - k + 1)) * ((1 - p) / p);
    terms[k - 1] = term;
    sum += term;
  }
  return terms.map((term) => term / sum);
}

/**
 * The exact two-sided binomial test: how likely, at success probability p, is a count no more likely than this one (the method of
 * small p-values, as R's binom.test and scipy's binomtest). 1 where there is nothing to judge.
 */
export function binomialTest({ count, total }: Proportion, p: number): number {
  checkProportion({ count, total });
  if (!Number.isInteger(count)) throw new Error(`the binomial test needs whole counts, found ${count} of ${total}.`);
  const probabilities = binomialProbabilities(total, p);
  const observed = (probabilities[count] ?? 0) * (1 + 1e-7); // equal ones may differ in their last bits
  let tail = 0;
  for (const probability of probabilities) if (probability <= observed) tail += probability;
  return Math.min(1, tail);
}
