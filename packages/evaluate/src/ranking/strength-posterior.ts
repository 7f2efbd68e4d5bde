import type { Match } from '../bradley-terry.js';
import { inverseOf } from './cholesky.js';
import { informationGain } from './information-gain.js';

/** Strengths with their uncertainty, as a normal distribution around the most probable ones. */
export interface StrengthPosterior {
  readonly names: readonly string[];
  /** ln p, in the order of `names`; their mean is 0. */
  readonly strengths: Float64Array;
  /** ν: equals tie with probability ν / (2 + ν). */
  readonly tieWeight: number;
  /** names × names, in rows. The uncertainty of ν is in it. */
  readonly covariance: Float64Array;
}

/**
 * Bradley–Terry with ties after Davidson 1970, "On extending the Bradley–Terry model to accommodate ties in paired comparison
 * experiments", with d = ln pᵢ − ln pⱼ:
 *   P(i wins) : P(j wins) : P(tie) = e^(d/2) : e^(−d/2) : ν.
 * Chosen over Rao and Kupper's threshold because it is log-linear: one maximum, and a tie weighs as half a win for each, as in
 * `bradleyTerry`. The prior is normal, ln pᵢ ~ N(0, spread²), and half a tie and half a decision between equals (Jeffreys), so that
 * all exists with any data. The covariance is the inverse Hessian at the maximum (Laplace). O(n³): some hundreds of contestants.
 *
 * `spread` 1.5 expects 95 % of all pairs to win between 1.5 and 98.5 % of their matches.
 */
export function strengthPosterior(
  matches: readonly Match[],
  {
    spread = 1.5,
    names = [...new Set(matches.flatMap(({ a, b }) => [a, b]))].sort(),
  }: { readonly spread?: number; readonly names?: readonly string[] } = {},
): StrengthPosterior {
  const n = names.length;
  const size = n + 1; // the last is ln ν
  const pairs = pairsOf(matches, names);
  let x = new Float64Array(size);
  for (let round = 0; round < 100; round++) {
    const { gradient, information } = slopeAt(x, pairs, spread);
    const inverse = inverseOf(information, size);
    if (Math.max(...gradient.map(Math.abs)) < 1e-9) return posterior(names, x, inverse);
    const step = gradient.map((_, i) => gradient.reduce((sum, g, j) => sum + (inverse[i * size + j] as number) * g, 0));
    // Far from the maximum a Newton step can overshoot: none moves a strength by more than 2.
    const scale = Math.min(1, 2 / Math.max(...step.map(Math.abs)));
    x = x.map((value, i) => value + scale * (step[i] as number));
  }
  throw new Error(`the strengths of ${n} contestants did not settle in 100 Newton steps; spread is ${spread}.`);
}

/** The difference of two strengths, a over b. */
export function strengthGap(posterior: StrengthPosterior, a: string, b: string): { gap: number; variance: number } {
  const { names, strengths, covariance } = posterior;
  const [i, j] = [a, b].map((name) => {
    const index = names.indexOf(name);
    if (index >= 0) return index;
    throw new Error(`no contestant ${name}. There are ${names.join(', ')}.`);
  }) as [number, number];
  const at = (row: number, column: number) => covariance[row * names.length + column] as number;
  return { gap: (strengths[i] as number) - (strengths[j] as number), variance: at(i, i) + at(j, j) - 2 * at(i, j) };
}

/** What one more match of a and b is expected to tell about all strengths, in nats: it depends on their difference alone. */
export function informativeness(posterior: StrengthPosterior, a: string, b: string): number {
  const { gap, variance } = strengthGap(posterior, a, b);
  return informationGain(gap, variance, posterior.tieWeight);
}

interface PairCounts {
  readonly i: number;
  readonly j: number;
  won: number;
  lost: number;
  tied: number;
}

function pairsOf(matches: readonly Match[], names: readonly string[]): PairCounts[] {
  const indexOf = new Map(names.map((name, i) => [name, i]));
  const pairs = new Map<number, PairCounts>();
  for (const { a, b, outcome } of matches) {
    const [first, second] = [indexOf.get(a), indexOf.get(b)];
    if (first === undefined || second === undefined || first === second)
      throw new Error(`a match needs two of the ${names.length} contestants, found ${a} against ${b}.`);
    const [i, j] = first < second ? [first, second] : [second, first];
    const pair = pairs.get(i * names.length + j) ?? { i, j, won: 0, lost: 0, tied: 0 };
    pairs.set(i * names.length + j, pair);
    if (outcome === 'tie') pair.tied++;
    else if ((outcome === 'a') === first < second) pair.won++;
    else pair.lost++;
  }
  return [...pairs.values()];
}

/** Gradient and negative Hessian of the log posterior at x = (ln p, ln ν). A pair adds its count times Cov(±½ or 0, [tie]). */
function slopeAt(x: Float64Array, pairs: readonly PairCounts[], spread: number) {
  const size = x.length;
  const last = size - 1;
  const nu = Math.exp(x[last] as number);
  const gradient = x.map((value) => -value / spread ** 2);
  const information = new Float64Array(size * size);
  const add = (row: number, column: number, amount: number) => {
    information[row * size + column] = (information[row * size + column] as number) + amount;
  };
  for (let i = 0; i < last; i++) add(i, i, 1 / spread ** 2);
  const tieShare = nu / (2 + nu);
  gradient[last] = 0.5 - tieShare;
  add(last, last, tieShare * (1 - tieShare));
  for (const { i, j, won, lost, tied } of pairs) {
    const half = ((x[i] as number) - (x[j] as number)) / 2;
    const [ahead, behind] = [Math.exp(half), Math.exp(-half)];
    const total = ahead + behind + nu;
    const edge = (ahead - behind) / total / 2;
    const tie = nu / total;
    const met = won + lost + tied;
    const slope = (won - lost) / 2 - met * edge;
    gradient[i] = (gradient[i] as number) + slope;
    gradient[j] = (gradient[j] as number) - slope;
    gradient[last] = (gradient[last] as number) + tied - met * tie;
    const within = met * ((1 - tie) / 4 - edge ** 2);
    const across = -met * edge * tie;
    for (const [row, sign] of [
      [i, 1],
      [j, -1],
    ] as const) {
      add(row, i, sign * within);
      add(row, j, -sign * within);
      add(row, last, sign * across);
      add(last, row, sign * across);
    }
    add(last, last, met * tie * (1 - tie));
  }
  return { gradient, information };
}

function posterior(names: readonly string[], x: Float64Array, inverse: Float64Array): StrengthPosterior {
  const n = names.length;
  const covariance = new Float64Array(n * n);
  for (let i = 0; i < n; i++) covariance.set(inverse.subarray(i * (n + 1), i * (n + 1) + n), i * n);
  return { names, strengths: x.slice(0, n), tieWeight: Math.exp(x[n] as number), covariance };
}
