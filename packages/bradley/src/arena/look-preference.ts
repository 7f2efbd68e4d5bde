import { type Look, lookAxes } from './looks.js';

/** What a person is estimated to like of looks: the log odds of choosing a picture for each unit on an axis. */
export type LookPreference = Look;

/** The look that was chosen and the one that was not. */
export type LookChoice = readonly [chosen: Look, rejected: Look];

/** Standard deviation of what is believed of a preference before any choice: at 2, a full opposite look decides nearly always. */
const priorSpread = 2;

/**
 * The Bradley–Terry model on looks: P(a over b) = σ(w · (a − b)), with w ~ N(0, 2²) on each axis. The most probable w, by gradient
 * ascent; the function is concave, and of three numbers.
 */
export function fitLookPreference(choices: readonly LookChoice[]): LookPreference {
  const differences = choices.map(([chosen, rejected]) => lookAxes.map((axis) => chosen[axis] - rejected[axis]));
  // A bound on the curvature: σ′ is at most ¼, and a difference is no longer than 2 on each axis.
  const rate = 1 / (priorSpread ** -2 + differences.length * lookAxes.length);
  let weights = lookAxes.map(() => 0);
  for (let i = 0; i < 500; i++) {
    const gradient = weights.map((w) => -w / priorSpread ** 2);
    for (const difference of differences) {
      const surprise = 1 / (1 + Math.exp(dot(weights, difference)));
      difference.forEach((d, axis) => {
        gradient[axis] = (gradient[axis] as number) + surprise * d;
      });
    }
    weights = weights.map((w, axis) => w + rate * (gradient[axis] as number));
  }
  return Object.fromEntries(lookAxes.map((axis, i) => [axis, weights[i] as number])) as unknown as LookPreference;
}

/** The log odds of choosing a over b. */
export function logOdds(preference: LookPreference, a: Look, b: Look): number {
  return lookAxes.reduce((sum, axis) => sum + preference[axis] * (a[axis] - b[axis]), 0);
}

const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, i) => sum + value * (b[i] as number), 0);
