import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mapo, mapoV2 } from './mapo.js';
import { runPair, sideOfErrors } from './run-pair.test-support.js';

/** One element of error m and target 0 is predicted as √m: dℒ/dm = dℒ/dx ÷ 2√m. */
const byError = (gradient: Float32Array, error: number): number => (gradient[0] as number) / (2 * Math.sqrt(error));

describe('the loss of MaPO as released', () => {
  const pair = (chosen: number[], rejected: number[]) => ({
    chosen: sideOfErrors(chosen),
    rejected: sideOfErrors(rejected),
  });

  it('is the one computed by hand', async () => {
    // The quotient rounds e^u to seven digits before 1 is taken off, and T lifts that by a thousand.
    const right = await runPair(mapo, {}, pair([0.1], [0.102]));
    expect(right.loss).toBeCloseTo(0.1477263, 3);
    expect(right.metrics.margin).toBeCloseTo(0.975208 - 0.974717, 5);
    expect(byError(right.gradient.chosen, 0.1) / 10.32989).toBeCloseTo(1, 2);
    expect(byError(right.gradient.rejected, 0.102) / -9.32673).toBeCloseTo(1, 2);
    expect((await runPair(mapo, {}, pair([0.102], [0.1]))).loss).toBeCloseTo(0.1988847, 3);
  });

  it('is the mean over a batch, where one of two is right', async () => {
    const { loss, metrics } = await runPair(mapo, {}, pair([0.1, 0.102], [0.102, 0.1]));
    expect(loss).toBeCloseTo(0.1733055, 3);
    expect(metrics.implicitAccuracy).toBe(0.5);
    expect(metrics.margin).toBeCloseTo(0, 9);
    expect(metrics.chosenError).toBeCloseTo(0.101, 6);
  });
});

describe('the loss of MaPO as published later', () => {
  it.each([
    [1, 0.781239],
    [16, 0.13882],
    [128, 0.105409],
  ])('is the one computed by hand at beta %d', async (beta, expected) => {
    const pair = { chosen: sideOfErrors([0.1]), rejected: sideOfErrors([0.15]) };
    expect((await runPair(mapoV2, { beta }, pair)).loss).toBeCloseTo(expected, 5);
  });

  it('is exact for small errors too', async () => {
    for (const error of [1e-6, 1e-3, 0.02, 0.3, 0.7, 2]) {
      const score = error / Math.expm1(error);
      const margin = score ** 128 - (0.3 / Math.expm1(0.3)) ** 128;
      const pair = { chosen: sideOfErrors([error]), rejected: sideOfErrors([0.3]) };
      expect((await runPair(mapoV2, {}, pair)).metrics.margin).toBeCloseTo(margin, 5);
    }
  });
});

const number = fc.double({ min: -2, max: 2, noNaN: true });
const side = fc.record({
  target: fc.array(number, { minLength: 6, maxLength: 6 }),
  policy: fc.array(number, { minLength: 6, maxLength: 6 }),
});

describe.each([
  ['mapo', mapo],
  ['mapo-v2', mapoV2],
] as const)('%s', (_name, objective) => {
  const run = (chosen: { target: number[]; policy: number[] }, rejected: typeof chosen, elements = 1) =>
    runPair(objective as typeof mapo, { beta: 1 }, { chosen, rejected }, elements);

  it('changes the sign of its margin when the sides are swapped', () =>
    fc.assert(
      fc.asyncProperty(side, side, async (chosen, rejected) => {
        const one = (await run(chosen, rejected, 3)).metrics;
        const other = (await run(rejected, chosen, 3)).metrics;
        expect(other.margin).toBeCloseTo(-(one.margin as number), 7);
        expect((other.implicitAccuracy as number) + (one.implicitAccuracy as number)).toBe(1);
      }),
      { numRuns: 8 },
    ));

  it('is ln 2 above the chosen error at a margin of 0, with accuracy one half', async () => {
    const { loss, metrics } = await run({ target: [0], policy: [0.5] }, { target: [1], policy: [0.5] });
    expect(loss).toBeCloseTo(0.25 + Math.LN2, 5);
    expect(metrics.implicitAccuracy).toBe(0.5);
  });

  it.each([0, 1e-9, 1e-5, 80, 200, 1e4, 1e8])('is finite at an error of %d, and so is its gradient', async (error) => {
    const far = { target: [0], policy: [Math.sqrt(error)] };
    const near = { target: [0], policy: [0.3] };
    for (const [chosen, rejected] of [
      [far, near],
      [near, far],
    ] as const) {
      const { loss, gradient } = await run(chosen, rejected);
      expect([loss, ...gradient.chosen, ...gradient.rejected].every(Number.isFinite)).toBe(true);
    }
  });
});
