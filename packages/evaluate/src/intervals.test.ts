import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bootstrap, quantile, wilson } from './intervals.js';

/** A linear congruential generator (Numerical Recipes' constants): enough for a test, and the same everywhere. */
function uniform(seed: number) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

describe('the Wilson interval', () => {
  it('agrees with hand-computed values', () => {
    // 8 of 10: z² = 3.841459; centre (0.8 + 0.192073) / 1.384146; half 1.959964 / 1.384146 · √(0.016 + 0.0096036).
    expect(wilson({ count: 8, total: 10 }).low).toBeCloseTo(0.490162, 5);
    expect(wilson({ count: 8, total: 10 }).high).toBeCloseTo(0.943318, 5);
    // 0 of 10: z² / (10 + z²) = 3.841459 / 13.841459.
    expect(wilson({ count: 0, total: 10 })).toEqual({ low: 0, high: expect.closeTo(0.277533, 5) });
    // 100 of 200 at the middle: half z / (1 + z²/200) · √(1/800 + z²/160000).
    expect(wilson({ count: 100, total: 200 }).low).toBeCloseTo(0.431361, 5);
  });

  it('knows nothing without trials', () => expect(wilson({ count: 0, total: 0 })).toEqual({ low: 0, high: 1 }));

  it('holds the proportion, stays in [0, 1] and mirrors successes and failures', () =>
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), fc.double({ min: 0, max: 1, noNaN: true }), (total, share) => {
        const count = Math.round(share * total);
        const { low, high } = wilson({ count, total });
        const mirrored = wilson({ count: total - count, total });
        expect(low).toBeGreaterThanOrEqual(0);
        expect(low).toBeLessThanOrEqual(count / total);
        expect(high).toBeGreaterThanOrEqual(count / total);
        expect(high).toBeLessThanOrEqual(1);
        expect(mirrored.low).toBeCloseTo(1 - high, 10);
      }),
    ));

  it.each([
    { count: 3, total: 2 },
    { count: -1, total: 2 },
    { count: 1, total: 2.5 },
    { count: Number.NaN, total: 2 },
  ])('refuses $count of $total', (proportion) => expect(() => wilson(proportion)).toThrow(/0 ≤ count ≤ total/));
});

describe('the bootstrap', () => {
  const mean = (items: readonly number[]) => items.reduce((a, b) => a + b, 0) / items.length;
  const coins = Array.from({ length: 400 }, (_, i) => i % 2);

  it('agrees with the normal approximation for independent items', () => {
    const { low, high } = bootstrap(
      coins.map((coin) => [coin]),
      mean,
      uniform(1),
    );
    // ½ ± 1.96 · √(¼ / 400) = ½ ± 0.049.
    expect(low).toBeCloseTo(0.451, 2);
    expect(high).toBeCloseTo(0.549, 2);
  });

  it('is wider by √m where m items of a cluster always agree', () => {
    const clusters = coins.slice(0, 100).map((coin) => [coin, coin, coin, coin]);
    const { low, high } = bootstrap(clusters, mean, uniform(2));
    expect(high - low).toBeGreaterThan(0.17); // 4 × as many items, but the width of 100: 2 · 0.098
    expect(high - low).toBeLessThan(0.22);
  });

  it('is the same for the same random numbers', () =>
    expect(bootstrap([[1], [2], [3]], mean, uniform(3))).toEqual(bootstrap([[1], [2], [3]], mean, uniform(3))));

  it('needs a cluster', () => expect(() => bootstrap([], mean, uniform(4))).toThrow(/at least one cluster/));
});

it('interpolates a quantile between order statistics', () => {
  expect(quantile([10, 20, 30, 40], 0.5)).toBe(25);
  expect(quantile([10, 20, 30, 40], 1)).toBe(40);
  expect(quantile([7], 0.3)).toBe(7);
});
