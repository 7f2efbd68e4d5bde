import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emptyLog, readEvent } from './run-log.js';
import { metricsOf, pace, series, smooth } from './series.js';

const records = [
  { step: 1, loss: 0.7, seconds: 2 },
  { step: 2, loss: null, seconds: 4, message: 'a remark' },
  { step: 2, heldOutLoss: 0.6 },
  { step: 3, loss: 0.5, seconds: 6 },
];

describe('the curves of a run', () => {
  it('leave out what is no number, without a gap in what is', () => {
    expect(series(records, 'loss')).toEqual([
      { step: 1, value: 0.7 },
      { step: 3, value: 0.5 },
    ]);
    expect(metricsOf(records)).toEqual(['step', 'loss', 'seconds', 'heldOutLoss']);
  });

  it('when smoothed stay within what was measured, and begin with it', () =>
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -10, max: 10, noNaN: true }), { minLength: 1 }),
        fc.integer({ min: 1, max: 50 }),
        (values, window) => {
          const smoothed = smooth(
            values.map((value, step) => ({ step, value })),
            window,
          );
          expect(smoothed[0]?.value).toBeCloseTo(values[0] as number, 9);
          for (const { value } of smoothed) {
            expect(value).toBeGreaterThanOrEqual(Math.min(...values) - 1e-9);
            expect(value).toBeLessThanOrEqual(Math.max(...values) + 1e-9);
          }
        },
      ),
    ));
});

describe('the pace of a run', () => {
  it('is the mean of the last steps, and tells the time that the rest takes', () => {
    expect(pace(records, 10)).toEqual({ perStep: 4, left: 28 });
    expect(pace(records, null)).toEqual({ perStep: 4, left: null });
  });

  it('is not told before the first step', () => {
    expect(pace([], 10)).toBeNull();
  });
});

describe('the log of a run', () => {
  it('forgets what came after the step that a resumed run goes back to', () => {
    const log = readEvent({ ...emptyLog, records }, 'rewind', { step: 2 });
    expect(log.records.map(({ step }) => step)).toEqual([1, 2, 2]);
    expect(readEvent(log, 'rewind', { step: null }).records).toEqual([]);
  });

  it('takes no notice of events that it does not know', () => {
    expect(readEvent(emptyLog, 'weather', 'rain')).toBe(emptyLog);
  });
});
