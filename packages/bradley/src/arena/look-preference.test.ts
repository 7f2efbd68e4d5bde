import { uniform } from '@bradley/runtime';
import { expect, it } from 'vitest';
import { fitLookPreference, type LookChoice, logOdds } from './look-preference.js';
import { lookAxes } from './looks.js';
import { planPair } from './plan-pair.js';

/** Thirty planned pairs, chosen by one axis; one in ten the other way. */
function choicesBy(axis: (typeof lookAxes)[number], sign: 1 | -1, seed: number): LookChoice[] {
  const flips = uniform({ seed, stream: 'flips', step: 0, index: 0 }, 30);
  return Array.from({ length: 30 }, (_, i) => {
    const [a, b] = planPair('cat', 1000 * seed + i).looks;
    const first = sign * (a[axis] - b[axis]) > 0;
    return first !== (flips[i] as number) < 0.1 ? [a, b] : [b, a];
  });
}

it('knows nothing of looks without a choice', () => {
  expect(fitLookPreference([])).toEqual({ warm: 0, light: 0, vivid: 0 });
});

it('finds the axis that thirty choices went by, one in ten of them flipped', () => {
  let right = 0;
  for (const axis of lookAxes)
    for (const sign of [1, -1] as const)
      for (const seed of [1, 2, 3]) {
        const found = fitLookPreference(choicesBy(axis, sign, seed));
        if (lookAxes.every((other) => other === axis || sign * found[axis] > Math.abs(found[other]))) right++;
      }
  expect(right).toBeGreaterThanOrEqual(17); // of 18
});

it('is the most probable: no small step from it is better', () => {
  const choices = choicesBy('light', -1, 4);
  const logPosterior = (w: ReturnType<typeof fitLookPreference>): number =>
    choices.reduce((sum, [chosen, rejected]) => sum - Math.log1p(Math.exp(-logOdds(w, chosen, rejected))), 0) -
    lookAxes.reduce((sum, axis) => sum + w[axis] ** 2 / 8, 0);
  const best = fitLookPreference(choices);
  for (const axis of lookAxes)
    for (const step of [-0.01, 0.01])
      expect(logPosterior({ ...best, [axis]: best[axis] + step })).toBeLessThan(logPosterior(best));
});
