import { backward, graph, input, mul, type Value } from '@bradley/graph';
import { evaluate } from '@bradley/runtime';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diffusionDpo } from './diffusion-dpo.js';
import { pairInputs, runPair, sideOfErrors } from './run-pair.test-support.js';

/** Two pairs whose errors over the reference differ by −0.0006 and +0.0004. */
const twoPairs = {
  chosen: sideOfErrors([0.1, 0.2003], [0.1004, 0.2001]),
  rejected: sideOfErrors([0.12, 0.15], [0.1198, 0.1502]),
};
/** β lifts the seventh digit of an error into the fourth of the loss. */
const digits = 4;

describe('the loss of Diffusion-DPO', () => {
  it('is the one computed by hand from errors', async () => {
    const { loss, metrics } = await runPair(diffusionDpo, { beta: 2000 }, twoPairs);
    expect(loss).toBeCloseTo(0.675252, digits);
    expect(metrics.implicitAccuracy).toBe(0.5);
    expect(metrics.margin).toBeCloseTo((0.6 - 0.4) / 2, digits);
    expect(metrics.modelError).toBeCloseTo(0.142575, 6);
    expect(metrics.chosenErrorOverReference).toBeCloseTo((-0.0004 + 0.0002) / 2, 7);
    expect(metrics.rejectedErrorOverReference).toBeCloseTo(0, 7);
    expect((await runPair(diffusionDpo, { beta: 5000 }, twoPairs)).loss).toBeCloseTo(0.757337, 3);
  });

  it('is the one computed by hand for each pair', async () => {
    const pair = (i: number) => ({
      chosen: sideOfErrors([[0.1, 0.2003][i] as number], [[0.1004, 0.2001][i] as number]),
      rejected: sideOfErrors([[0.12, 0.15][i] as number], [[0.1198, 0.1502][i] as number]),
    });
    expect((await runPair(diffusionDpo, { beta: 2000 }, pair(0))).loss).toBeCloseTo(0.437488, digits);
    expect((await runPair(diffusionDpo, { beta: 2000 }, pair(1))).loss).toBeCloseTo(0.913015, digits);
  });

  it('with hinge and ipo is the one of the diffusers script, whose beta is half of ours', async () => {
    expect((await runPair(diffusionDpo, { loss: 'hinge' }, twoPairs)).loss).toBeCloseTo((0 + 2) / 2, 3);
    expect((await runPair(diffusionDpo, { loss: 'ipo' }, twoPairs)).loss / 2.6e-7).toBeCloseTo(1, 2);
  });

  it('is the one computed by hand for a network of one parameter, and so is its derivative', async () => {
    const a = input('a', []);
    const of = (noisy: readonly number[], target: readonly number[], name: 'chosen' | 'rejected') => {
      const x = input(`${name}/noisy`, [1, 2, 1, 1]);
      const { target: expected } = pairInputs(1, 2, { reference: false, soft: false })[name];
      const feeds = { [`${name}/noisy`]: Float32Array.from(noisy), [`${name}/target`]: Float32Array.from(target) };
      return { side: { target: expected, policy: mul(a, x), reference: { prediction: mul(x, 0.25) } }, feeds };
    };
    const chosen = of([1.1, -1.3], [0.5, 0.5], 'chosen');
    const rejected = of([0.3, 1.1], [0.5, 0.5], 'rejected');
    const options = diffusionDpo.options.parse({ beta: 4 });
    const { loss, metrics } = diffusionDpo.loss(
      { chosen: chosen.side, rejected: rejected.side, preference: null },
      options,
    );
    const [slope] = backward(loss, [a]) as [Value];
    const margin = metrics.margin as Value;
    const results = await evaluate(graph({ loss, slope, margin }), {
      a: Float32Array.of(0.3),
      ...chosen.feeds,
      ...rejected.feeds,
    });
    expect(Number(results.loss?.data[0])).toBeCloseTo(0.757068, 5);
    expect(Number(results.slope?.data[0])).toBeCloseTo(1.359258, 5);
    expect(Number(results.margin?.data[0])).toBeCloseTo(-0.124, 5);
  });
});

const number = fc.double({ min: -3, max: 3, noNaN: true });
const side = fc.record({
  target: fc.array(number, { minLength: 6, maxLength: 6 }),
  policy: fc.array(number, { minLength: 6, maxLength: 6 }),
});
const beta = fc.constantFrom(0.5, 10, 5000);

describe('an untrained policy', () => {
  it('has loss ln 2, accuracy one half and margin 0, whatever it predicts', () =>
    fc.assert(
      fc.asyncProperty(side, side, beta, async (chosen, rejected, beta) => {
        const pair = {
          chosen: { ...chosen, reference: chosen.policy },
          rejected: { ...rejected, reference: rejected.policy },
        };
        const { loss, metrics } = await runPair(diffusionDpo, { beta, anchor: 1 }, pair, 3);
        expect(loss).toBeCloseTo(Math.LN2, 6);
        expect(metrics.implicitAccuracy).toBe(0.5);
        expect(metrics.margin).toBeCloseTo(0, 9);
      }),
      { numRuns: 8 },
    ));

  it('still learns: the gradient lowers the chosen error and raises the rejected one', async () => {
    const same = { target: [0], policy: [1], reference: [1] };
    const { gradient } = await runPair(diffusionDpo, { beta: 2 }, { chosen: same, rejected: same });
    expect(gradient.chosen[0]).toBeCloseTo(1, 6); // β/2 · σ(0) · 2(x − x*)
    expect(gradient.rejected[0]).toBeCloseTo(-1, 6);
  });
});

describe('the logits of Diffusion-DPO', () => {
  it('change their sign when the sides are swapped', () =>
    fc.assert(
      fc.asyncProperty(side, side, side, side, async (chosen, rejected, a, b) => {
        const of = { chosen: { ...chosen, reference: a.policy }, rejected: { ...rejected, reference: b.policy } };
        const swapped = { chosen: of.rejected, rejected: of.chosen };
        const one = (await runPair(diffusionDpo, { beta: 2 }, of, 3)).metrics;
        const other = (await runPair(diffusionDpo, { beta: 2 }, swapped, 3)).metrics;
        expect(other.margin).toBeCloseTo(-(one.margin as number), 9);
        expect((other.implicitAccuracy as number) + (one.implicitAccuracy as number)).toBe(1);
      }),
      { numRuns: 8 },
    ));

  it.each(['sigmoid', 'hinge', 'ipo'] as const)(
    'may be ±10 000 and %s stays finite, with its gradient',
    async (loss) => {
      const far = { target: [0, 0], policy: [100, 1e4], reference: [0, 0] };
      const near = { target: [0, 0], policy: [0, 0], reference: [0, 0] };
      for (const pair of [
        { chosen: far, rejected: near },
        { chosen: near, rejected: far },
      ]) {
        const { loss: value, gradient } = await runPair(diffusionDpo, { beta: 2, loss, anchor: 1 }, pair);
        expect([value, ...gradient.chosen, ...gradient.rejected].every(Number.isFinite)).toBe(true);
      }
    },
  );

  it('of 10 000 cost their size when they are wrong, and nothing when they are right', async () => {
    const far = { target: [0], policy: [100], reference: [0] };
    const near = { target: [0], policy: [0], reference: [0] };
    expect((await runPair(diffusionDpo, { beta: 2 }, { chosen: far, rejected: near })).loss).toBeCloseTo(1e4, 1);
    const right = await runPair(diffusionDpo, { beta: 2 }, { chosen: near, rejected: far });
    expect(right.loss).toBe(0);
    expect(right.gradient.rejected[0]).toBeCloseTo(0);
  });
});

describe('a soft label', () => {
  const untrained = { chosen: sideOfErrors([0.3], [0.3]), rejected: sideOfErrors([0.2], [0.2]) };

  it('of one half gives at zero logits ln 2, and nothing to learn', async () => {
    const tie = await runPair(diffusionDpo, { beta: 10 }, { ...untrained, preference: [0.5] });
    expect(tie.loss).toBeCloseTo(Math.LN2, 6);
    expect(tie.gradient.chosen[0]).toBeCloseTo(0, 7);
    expect((await runPair(diffusionDpo, { loss: 'hinge' }, { ...untrained, preference: [0.5] })).loss).toBe(1);
    expect((await runPair(diffusionDpo, { loss: 'ipo' }, { ...untrained, preference: [0.5] })).loss).toBe(0);
  });

  it.each(['sigmoid', 'hinge', 'ipo'] as const)('of 1 is a plain preference for %s, pair by pair', async (loss) => {
    const plain = await runPair(diffusionDpo, { beta: 2000, loss }, twoPairs);
    const certain = await runPair(diffusionDpo, { beta: 2000, loss }, { ...twoPairs, preference: [1, 1] });
    expect(certain.loss).toBeCloseTo(plain.loss, 6);
  });

  it('weighs the losses of both orders', async () => {
    const pair = { chosen: sideOfErrors([0.2], [0.4]), rejected: sideOfErrors([0.5], [0.4]) };
    const logits = 0.3; // β/2 · (0.2 + 0.1)
    const { loss } = await runPair(diffusionDpo, { beta: 2 }, { ...pair, preference: [0.7] });
    expect(loss).toBeCloseTo(0.7 * Math.log1p(Math.exp(-logits)) + 0.3 * Math.log1p(Math.exp(logits)), 6);
  });
});

describe('the anchor', () => {
  it('acts only where the chosen error has risen above the reference, by anchor · β/2 of the rise', async () => {
    const rejected = sideOfErrors([0.5], [0.4]);
    const cost = async (chosen: ReturnType<typeof sideOfErrors>) => {
      const without = await runPair(diffusionDpo, { beta: 2 }, { chosen, rejected });
      const anchored = await runPair(diffusionDpo, { beta: 2, anchor: 3 }, { chosen, rejected });
      return [anchored.loss - without.loss, (anchored.gradient.chosen[0] ?? 0) - (without.gradient.chosen[0] ?? 0)];
    };
    expect(await cost(sideOfErrors([0.2], [0.4]))).toEqual([0, 0]);
    const [loss, gradient] = await cost(sideOfErrors([0.49], [0.4]));
    expect(loss).toBeCloseTo(3 * 0.09, 5);
    expect(gradient).toBeCloseTo(3 * 2 * 0.7, 5);
  });
});
