import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { binomialProbabilities, binomialTest } from './binomial.js';
import { choicesNeeded, powerOfChoices, smallestShare } from './choices-needed.js';
import { signTest } from './exact-tests.js';
import { wilson } from './intervals.js';

const counts = fc
  .integer({ min: 1, max: 60 })
  .chain((total) => fc.record({ total: fc.constant(total), wins: fc.integer({ min: 0, max: total }) }));

describe('the choices needed', () => {
  // scipy 1.17: binom.pmf summed where (2w − n)² > z² n, the last n below 0.8 sought downwards from 2,000.
  it.each([
    [20, 30, 71, 91],
    [18, 30, 198, 254],
    [7, 10, 48, 96],
    [60, 100, 198, 220],
    [3, 3, 4, 41],
    [10, 30, 71, 91],
  ])('with %i wins of %i are %i at that share, %i cautiously', (wins, total, needed, cautious) =>
    expect(choicesNeeded({ wins, total })).toMatchObject({ needed, cautious }),
  );

  it('are unknown at one half, without a choice, and where the share is too near one half', () => {
    expect(choicesNeeded({ wins: 15, total: 30 })).toMatchObject({
      decided: false,
      needed: 'unknown',
      cautious: 'unknown',
    });
    expect(choicesNeeded({ wins: 0, total: 0 })).toMatchObject({
      decided: false,
      needed: 'unknown',
      cautious: 'unknown',
    });
    expect(choicesNeeded({ wins: 510, total: 1000 }).needed).toBe('unknown'); // about 19,600
    expect(choicesNeeded({ wins: 16, total: 30, most: 1000 }).needed).toBe('unknown');
    expect(choicesNeeded({ wins: 16, total: 30 }).needed).toBe(1775); // scipy, as above
  });

  it('are decided exactly where the Wilson interval excludes one half', () =>
    fc.assert(
      fc.property(counts, ({ wins, total }) => {
        const { low, high } = wilson({ count: wins, total });
        expect(choicesNeeded({ wins, total }).decided).toBe(low > 0.5 || high < 0.5);
      }),
    ));

  it('are more than were made where nothing is decided, and a cautious count is at least the plain one', () =>
    fc.assert(
      fc.property(counts, ({ wins, total }) => {
        const { decided, needed, cautious } = choicesNeeded({ wins, total });
        if (needed === 'unknown') expect(cautious).toBe('unknown');
        if (needed === 'unknown' || cautious === 'unknown') return;
        expect(cautious).toBeGreaterThanOrEqual(needed);
        if (!decided) expect(needed).toBeGreaterThan(total);
      }),
      { numRuns: 60 },
    ));

  it('have the power asked for, and one fewer has not', () => {
    for (const [wins, total] of [
      [20, 30],
      [7, 10],
      [60, 100],
    ] as const) {
      const needed = Number(choicesNeeded({ wins, total }).needed);
      expect(powerOfChoices(needed, wins / total)).toBeGreaterThanOrEqual(0.8);
      expect(powerOfChoices(needed - 1, wins / total)).toBeLessThan(0.8);
    }
    expect(powerOfChoices(30, 2 / 3)).toBeCloseTo(0.4317886859314589, 12); // scipy
    expect(powerOfChoices(49, 0.7)).toBeCloseTo(0.8100023611626855, 12);
  });
});

describe('the binomial', () => {
  it('has the exact test of scipy', () => {
    expect(binomialTest({ count: 60, total: 150 }, 1 / 3)).toBeCloseTo(0.08395018862226987, 12);
    expect(binomialTest({ count: 2, total: 30 }, 0.25)).toBeCloseTo(0.0187750627148012, 12);
  });

  it('is the sign test at one half', () =>
    fc.assert(
      fc.property(counts, ({ wins, total }) => {
        expect(binomialTest({ count: wins, total }, 0.5)).toBeCloseTo(signTest({ wins, losses: total - wins }), 10);
      }),
    ));

  it('is certain at the ends, and needs no trial', () => {
    expect([...binomialProbabilities(3, 0)]).toEqual([1, 0, 0, 0]);
    expect([...binomialProbabilities(3, 1)]).toEqual([0, 0, 0, 1]);
    expect(binomialTest({ count: 0, total: 0 }, 0.5)).toBe(1);
  });

  it('holds its sum at large n', () => {
    const probabilities = binomialProbabilities(100_000, 0.3);
    expect(probabilities.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
    expect(probabilities[30_000]).toBeCloseTo(1 / Math.sqrt(2 * Math.PI * 21_000), 7);
  });
});

it('the smallest share that a design detects is decided with 80 % probability, and one a little smaller is not', () => {
  for (const n of [20, 100, 400]) {
    const share = smallestShare(n) ?? Number.NaN;
    expect(powerOfChoices(n, share)).toBeGreaterThanOrEqual(0.8);
    expect(powerOfChoices(n, share - 0.001)).toBeLessThan(0.8);
  }
  expect(smallestShare(100)).toBeCloseTo(0.64, 2);
  expect(smallestShare(3)).toBeNull(); // even three of three decide nothing
});
