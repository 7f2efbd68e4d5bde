import { abs, add, backward, constant, graph, input, layerNorm, mul, size, sub, sum, type Value } from '@bradley/graph';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluate } from './evaluate.js';
import { type Case, cases, drawInputs } from './op-cases.test-support.js';
import { normal } from './random.js';

interface Directions {
  /** ⟨v, Jᵀw⟩ by the rules. */
  readonly exact: number;
  /** ⟨w, Jv⟩ by central differences of two steps, extrapolated to none (Richardson). */
  readonly numeric: number;
  /** How much the extrapolation changed: where a function bends sharply, a difference tells little. */
  readonly doubt: number;
  /** What `exact` would be if nothing in it cancelled. */
  readonly scale: number;
}

/** Both sides of ⟨v, Jᵀw⟩ = ⟨w, Jv⟩, all in one graph. */
async function directions(of: Case, seed: number): Promise<Directions> {
  const { apply, inputs } = of;
  const values = drawInputs(of, seed);
  const along = inputs.map((shape, i) => normal({ seed, stream: 'v', step: 0, index: i }, size(shape)));
  const step = 1e-2;
  const x = inputs.map((shape, i) => input(`x${i}`, shape));
  const y = apply(...x);
  const w = input('w', y.shape);
  const gradients = backward([{ of: y, gradient: w }], x);
  const shifted = (by: number): Value =>
    sum(
      mul(
        w,
        apply(
          ...x.map((xi, i) =>
            add(
              xi,
              constant(
                (along[i] as Float32Array).map((v) => v * by),
                xi.shape,
              ),
            ),
          ),
        ),
      ),
    );
  const exact = gradients
    .map((g, i) => sum(mul(g, constant(along[i] as Float32Array, g.shape))))
    .reduce((a, b) => add(a, b));
  const scale = gradients
    .map((g, i) => sum(abs(mul(g, constant(along[i] as Float32Array, g.shape)))))
    .reduce((a, b) => add(a, b));
  const difference = (h: number): Value => mul(sub(shifted(h), shifted(-h)), 0.5 / h);
  const feeds = Object.fromEntries(values.map((value, i) => [`x${i}`, value]));
  const out = await evaluate(graph({ exact, coarse: difference(step), fine: difference(step / 2), scale }), {
    ...feeds,
    w: normal({ seed, stream: 'w', step: 0, index: 0 }, size(y.shape)),
  });
  const number = (name: keyof typeof out): number => Number(out[name]?.data[0]);
  const [coarse, fine] = [number('coarse'), number('fine')];
  const doubt = Math.abs(fine - coarse) / 3; // a central difference errs by h²: the finer one by a third of the change
  return { exact: number('exact'), numeric: fine + (fine - coarse) / 3, doubt, scale: number('scale') };
}

describe.each(Object.entries(cases))('the vjp of %s', (_op, arbitrary) => {
  it('agrees with a central difference along a random direction', () =>
    fc.assert(
      fc.asyncProperty(arbitrary, fc.integer({ min: 0, max: 2 ** 31 }), async (of, seed) => {
        const { exact, numeric, doubt, scale } = await directions(of, seed);
        expect(Math.abs(exact - numeric)).toBeLessThan(1e-2 * (scale + 1) + doubt);
      }),
      { numRuns: 12 },
    ));
});

it('judges a function that bends within the step by its tangent', async () => {
  // A row of three nearly equal numbers: its layer norm turns by a right angle over a step.
  const of: Case = {
    apply: (x, s, c) => layerNorm(x as Value, s as Value, c as Value, 0.001),
    inputs: [[2, 1, 3], [3], [3]],
  };
  const { exact, numeric, doubt, scale } = await directions(of, 861214370);
  expect(Math.abs(exact - numeric)).toBeLessThan(1e-2 * (scale + 1) + doubt);
});
