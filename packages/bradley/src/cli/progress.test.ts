import { describe, expect, it } from 'vitest';
import { duration, progressLine, progressMeter, recordLine } from './progress.js';

describe('progress', () => {
  it('counts all that arrives at once, as the past of a run does, as one arrival', () => {
    const meter = progressMeter();
    for (let step = 1; step <= 100; step++) meter.see({ step, loss: 1 }, 300, 0.1 * step);
    expect(meter.progress()).toMatchObject({ step: 100, stepsPerSecond: null, secondsLeft: null });
    meter.see({ step: 102, loss: 1 }, 300, 1000.1);
    expect(meter.progress().stepsPerSecond).toBeCloseTo(2);
    expect(meter.progress().secondsLeft).toBeCloseTo(99);
  });

  it('follows the rate of the last half minute', () => {
    const meter = progressMeter();
    for (let step = 1; step <= 100; step++) meter.see({ step, loss: 1 }, null, step * 10_000);
    for (let step = 101; step <= 200; step++) meter.see({ step, loss: 1 }, null, 1_000_000 + (step - 100) * 1000);
    expect(meter.progress().stepsPerSecond).toBeCloseTo(1);
  });

  it('is one line: step, loss, implicit accuracy, pairs a second, time left', () => {
    const latest = { step: 120, loss: 0.681234, implicitAccuracy: 0.7109 };
    const progress = { step: 120, totalSteps: 500, stepsPerSecond: 2.08, secondsLeft: 160, latest };
    expect(progressLine(progress, 4)).toBe(
      'step 120/500  loss 0.6812  implicit accuracy 0.71  8.3 comparisons/s  2 min 40 s left',
    );
    expect(
      progressLine({ ...progress, totalSteps: null, stepsPerSecond: null, secondsLeft: null, latest: null }, 4),
    ).toBe('step 120');
  });

  it('says when the loss is not a number', () => {
    const latest = { step: 1, loss: null };
    expect(progressLine({ step: 1, totalSteps: 2, stepsPerSecond: null, secondsLeft: null, latest }, 1)).toBe(
      'step 1/2  loss not finite',
    );
  });

  it('shows other records as their values', () => {
    expect(recordLine({ step: 0, message: 'encoding pictures: 3 of 8' })).toBe('encoding pictures: 3 of 8');
    expect(recordLine({ step: 100, kind: 'validation', winRate: 0.612345, prompts: [1] })).toBe(
      'step 100  kind validation  win rate 0.6123',
    );
    const accuracy = { heldOutAccuracy: 33 / 54, heldOutAccuracyLow: 0.4779, heldOutAccuracyHigh: 0.7296 };
    expect(recordLine({ step: 50, heldOutLoss: 0.68123, ...accuracy, heldOutPairs: 54 })).toBe(
      'step 50  held-out loss 0.6812  held-out accuracy 0.61 (33 of 54, 48–73 %)',
    );
    expect(recordLine({ step: 0, heldOutLoss: 0.5931, heldOutPairs: 54 })).toBe(
      'step 0  held-out loss 0.5931  54 held-out pairs',
    );
  });

  it.each([
    [44.6, '45 s'],
    [59.7, '1 min 00 s'],
    [3599.6, '1 h 00 min'],
    [3900, '1 h 05 min'],
  ])('writes %d seconds as %s', (seconds, text) => expect(duration(seconds)).toBe(text));
});
