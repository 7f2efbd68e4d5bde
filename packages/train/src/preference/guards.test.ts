import { describe, expect, it } from 'vitest';
import type { Json } from '../run-folder/metrics.js';
import { type GuardOptions, guards } from './guards.js';

const standard: GuardOptions = { winnerLikelihood: 'warn', maxLoss: null };
const good = { loss: 0.7, gradientNorm: 1, chosenErrorOverReference: 0, modelError: 1 };
/** The winners are denoised 5 % worse than by the reference. */
const worse = { ...good, chosenErrorOverReference: 0.05 };

/** Steps of the same metrics; returns those at which something was said. */
function watch(guard: ReturnType<typeof guards>, metrics: Readonly<Record<string, number>>, from: number, to: number) {
  const said: number[] = [];
  for (let step = from; step <= to; step++) if (guard(step, metrics)) said.push(step);
  return said;
}

describe('a guard', () => {
  it('stops at a loss or gradient that is not a number, and says what to change', () => {
    for (const metrics of [
      { ...good, loss: Number.NaN },
      { ...good, gradientNorm: Number.POSITIVE_INFINITY },
    ])
      expect(() => guards(standard)(1, metrics)).toThrow(/step 1: .* not a number\. Lower optimizer\.lr in run\.yaml/);
  });

  it('stops at a loss twenty times the first ones, however slowly it grew', () => {
    const guard = guards(standard);
    watch(guard, good, 1, 60);
    expect(() => {
      for (let step = 61, loss = 1; ; step++, loss *= 1.01) guard(step, { ...good, loss });
    }).toThrow(/the loss is 20\.\d, above 20\.0\. Lower/);
  });

  it('stops at a runaway loss among the first steps', () => {
    const guard = guards(standard);
    watch(guard, good, 1, 3);
    expect(() => guard(4, { ...good, loss: 1e5 })).toThrow('step 4: the loss is 1.00e+5');
  });

  it('stops where the policy is lost although the loss is small, which a margin between two bad sides can be', () => {
    const lost = {
      loss: 0,
      gradientNorm: 1,
      chosenErrorOverReference: 50,
      rejectedErrorOverReference: 90,
      modelError: 71,
    };
    expect(() => guards(standard)(2, lost)).toThrow(
      'step 2: the error on the chosen pictures is 51 times the reference',
    );
    expect(guards({ ...standard, winnerLikelihood: 'off' })(2, lost)).toBeUndefined();
  });

  it('takes a large first loss as the scale of the objective', () => {
    expect(watch(guards(standard), { loss: 1000, gradientNorm: 1 }, 1, 60)).toEqual([]);
  });

  it('stops above the loss that it is given', () => {
    expect(() => guards({ ...standard, maxLoss: 0.5 })(1, good)).toThrow('above 0.500');
  });

  it('warns once when the chosen pictures stay less likely', () => {
    const guard = guards(standard);
    expect(watch(guard, worse, 1, 49)).toEqual([]);
    expect(guard(50, worse)).toEqual({ warning: expect.stringMatching(/5\.0 % above .*anchor to 1/) });
    expect(watch(guard, worse, 51, 200)).toEqual([]);
  });

  it('warns of nothing within the noise of a batch, and when it is off', () => {
    expect(watch(guards(standard), { ...good, chosenErrorOverReference: 0.01 }, 1, 100)).toEqual([]);
    expect(watch(guards({ ...standard, winnerLikelihood: 'off' }), worse, 1, 100)).toEqual([]);
  });

  it('stops instead of warning when it is asked to', () => {
    const guard = guards({ ...standard, winnerLikelihood: 'stop' });
    watch(guard, worse, 1, 49);
    expect(() => guard(50, worse)).toThrow('step 50: the chosen pictures have become less likely');
  });

  it('judges a resumed run as one that was never interrupted', () => {
    const past = Array.from({ length: 30 }, (_, i): Record<string, Json> => ({ step: i + 1, ...worse }));
    expect(watch(guards(standard, past), worse, 31, 100)).toEqual([50]);
    const warned = [...past, { step: 30, warning: 'said before' }];
    expect(watch(guards(standard, warned), worse, 31, 100)).toEqual([]);
    expect(() => guards(standard, past)(31, { ...good, loss: 30 })).toThrow('above 20.0');
  });
});
