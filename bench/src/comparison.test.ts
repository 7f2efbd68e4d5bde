import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Comparison, describeComparison, median, side, timeRatio } from './comparison.js';

describe('the median', () => {
  it('has as many numbers below it as above', () =>
    fc.assert(
      fc.property(fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: 1 }), (numbers) => {
        const middle = median(numbers);
        const below = numbers.filter((n) => n < middle).length;
        const above = numbers.filter((n) => n > middle).length;
        expect(Math.max(below, above)).toBeLessThanOrEqual(numbers.length / 2);
      }),
    ));
});

it('compares round by round', () => {
  expect(timeRatio([1, 2, 9], [2, 2, 3])).toEqual({ median: 1, min: 0.5, max: 3 });
});

describe('a comparison in words', () => {
  const measured = (seconds: number, peakMb: number) =>
    side(Array<{ seconds: number; loss: null }>(20).fill({ seconds, loss: null }), peakMb, {});
  const comparison: Comparison = {
    name: 'lora-dpo-step',
    model: 'emoji',
    batch: 8,
    note: null,
    rounds: 20,
    ours: measured(0.312, 410),
    theirs: measured(0.371, 441),
    timeRatio: { median: 0.841, min: 0.79, max: 0.912 },
    memoryRatio: 0.93,
    othersCores: 0.02,
  };

  it('gives both ratios with their range and the numbers behind them', () => {
    expect(describeComparison(comparison)).toBe(
      'emoji lora-dpo-step (batch 8): time ratio 0.84 (0.79–0.91; ours 312 ms, PyTorch 371 ms, 20 rounds), ' +
        'memory ratio 0.93 (ours 410 MiB, PyTorch 441 MiB)',
    );
  });

  it('gives our numbers alone without the other side', () => {
    expect(describeComparison({ ...comparison, theirs: null, timeRatio: null, memoryRatio: null })).toBe(
      'emoji lora-dpo-step (batch 8): ours 312 ms, 20 rounds, 410 MiB',
    );
  });

  it('says so when the machine was busy', () => {
    expect(describeComparison({ ...comparison, othersCores: 2.13 })).toContain('2.1 cores busy');
  });
});
