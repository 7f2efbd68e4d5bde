import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { calibration, fitTemperature } from './calibration.js';
import { accuracyAtThreshold, type JudgedDifference, tieAccuracy } from './tie-accuracy.js';

const pairs = (labels: readonly number[], differences: readonly number[]): JudgedDifference[] =>
  labels.map((label, i) => ({ label: label as 1 | 0 | -1, difference: differences[i] as number }));

const label = fc.constantFrom(1 as const, 0 as const, -1 as const);
const judgedDifferences = fc.array(
  fc.record({
    label,
    difference: fc.oneof(fc.integer({ min: -4, max: 4 }), fc.double({ min: -3, max: 3, noNaN: true })),
  }),
  { minLength: 1, maxLength: 30 },
);

describe('accuracy with ties', () => {
  const example = pairs([1, 1, 0, 0, -1, -1], [2, 0.3, 0.1, -0.4, -0.2, -1.5]);

  it('is that of the example computed by hand', () => {
    expect(tieAccuracy(example)).toEqual({
      withoutTies: { count: 4, total: 4 },
      withTies: { count: 5, total: 6 },
      threshold: 0.1,
    });
    expect([null, 0.1, 0.2, 0.3, 0.4].map((e) => accuracyAtThreshold(example, e).count)).toEqual([4, 5, 4, 3, 4]);
  });

  it('never cuts a group of equal differences: half of it would look better than any threshold', () => {
    const group = pairs([0, 1, 1], [0.5, 0.5, 0.5]);
    expect(tieAccuracy(group)).toMatchObject({ withTies: { count: 2, total: 3 }, threshold: null });
  });

  it('is the best over all thresholds, each counted anew', () =>
    fc.assert(
      fc.property(judgedDifferences, (judged) => {
        const thresholds = [null, ...judged.map(({ difference }) => Math.abs(difference))];
        const counts = thresholds.map((threshold) => accuracyAtThreshold(judged, threshold).count);
        const { withTies, threshold } = tieAccuracy(judged);
        expect(withTies.count).toBe(Math.max(...counts));
        expect(accuracyAtThreshold(judged, threshold).count).toBe(withTies.count);
      }),
    ));
});

describe('the temperature', () => {
  /** Preferences as σ(difference / T) has them, in whole numbers. */
  const sampled = (temperature: number): JudgedDifference[] =>
    [0.5, 1, 2, 3].flatMap((difference) => {
      const right = Math.round(1000 / (1 + Math.exp(-difference / temperature)));
      return Array.from({ length: 1000 }, (_, i) => ({ difference, label: i < right ? (1 as const) : (-1 as const) }));
    });

  it.each([0.7, 1, 3])('of preferences that were made with %d is found again, and they are calibrated then', (t) => {
    const fitted = fitTemperature(sampled(t)) as number;
    expect(fitted / t).toBeCloseTo(1, 2);
    expect(calibration(sampled(t), fitted).error).toBeLessThan(0.002);
    expect(calibration(sampled(t), fitted / 3).error).toBeGreaterThan(0.05);
  });

  it('is none where none is likeliest: no preferences, all right, or worse than chance', () => {
    expect(fitTemperature([])).toBeNull();
    expect(fitTemperature(pairs([0, 0], [1, 2]))).toBeNull();
    expect(fitTemperature(pairs([1, -1], [1, -2]))).toBeNull();
    expect(fitTemperature(pairs([1, -1], [-1, 2]))).toBeNull();
  });
});

describe('the bins of a calibration', () => {
  it('count every preference once, and no tie', () =>
    fc.assert(
      fc.property(judgedDifferences, fc.double({ min: 0.01, max: 10, noNaN: true }), (judged, temperature) => {
        const { bins, error } = calibration(judged, temperature);
        const total = judged.filter(({ label }) => label !== 0).length;
        expect(bins.reduce((sum, { right }) => sum + right.total, 0)).toBe(total);
        for (const { low, high, confidence } of bins)
          if (confidence !== null) expect(confidence >= low - 1e-9 && confidence <= high + 1e-9).toBe(true);
        if (total === 0) expect(error).toBeNull();
        else expect(error).toBeLessThanOrEqual(1);
      }),
    ));
});
