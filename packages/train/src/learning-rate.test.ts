import { describe, expect, it } from 'vitest';
import { emaDecay, updateAverage } from './ema.js';
import { learningRateFactor, scheduleNames } from './learning-rate.js';

const plan = { warmup: 10, total: 110 };

describe('the learning rate', () => {
  it.each(scheduleNames)('of %s rises from 0 over the warm-up to the whole', (name) => {
    expect(learningRateFactor(name, 0, plan)).toBe(0);
    expect(learningRateFactor(name, 5, plan)).toBe(0.5);
    expect(learningRateFactor(name, 10, plan)).toBe(1);
    expect(learningRateFactor(name, 0, { warmup: 0, total: 100 })).toBe(1);
  });

  it('stays, falls on a line, or falls along half a cosine', () => {
    const at = (step: number) => scheduleNames.map((name) => learningRateFactor(name, step, plan));
    expect(at(60)).toEqual([1, 0.5, expect.closeTo(0.5, 12)]);
    expect(at(35)).toEqual([1, 0.75, expect.closeTo((1 + Math.SQRT1_2) / 2, 12)]);
    expect(at(110)).toEqual([1, 0, expect.closeTo(0, 12)]);
  });
});

describe('the average of the parameters', () => {
  it('is a copy at first, then ramps up to its decay, as EMAModel of diffusers', () => {
    const decays = [1, 2, 3, 12, 100, 1e6].map((step) => emaDecay(step, { decay: 0.99 }));
    expect(decays).toEqual([0, 2 / 11, 3 / 12, 12 / 21, 100 / 109, 0.99]);
    expect(emaDecay(5, { decay: 0.99, updateAfterStep: 4 })).toBe(0);
    expect(emaDecay(2, { decay: 0.99, minDecay: 0.5 })).toBe(0.5);
    expect(emaDecay(9, { decay: 0.99, warmup: { inverseGamma: 1, power: 1 } })).toBeCloseTo(1 - 1 / 9, 12);
  });

  it('moves to the parameters by the rest of the decay', () => {
    const average = Float32Array.of(1, 2);
    updateAverage(average, Float32Array.of(3, 2), 0.75);
    expect(Array.from(average)).toEqual([1.5, 2]);
  });
});
