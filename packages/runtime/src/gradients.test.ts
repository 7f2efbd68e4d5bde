import { abs, add, backward, constant, graph, input, mul, size, sub, sum, type Value } from '@bradley/graph';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluate } from './evaluate.js';
import { type Case, cases, drawInputs } from './op-cases.test-support.js';
import { normal } from './random.js';

/** ⟨v, Jᵀw⟩ by the rules, and ⟨w, Jv⟩ by a central difference: all in one graph. */
async function directions(of: Case, seed: number): Promise<[number, number, number]> {
  const { apply, inputs } = of;
  const values = drawInputs(of, seed);
  const along = inputs.map((shape, i) => normal({ seed, stream: 'v', step: 0, index: i }, size(shape)));
  const step = 1e-2;
  const x = inputs.map((shape, i) => input(`x${i}`, shape));
  const y = apply(...x);
  const w = input('w', y.shape);
  const gradients = backward([{ of: y, gradient: w }], x);
  const shifted = (sign: number): Value =>
    sum(
      mul(
        w,
        apply(
          ...x.map((xi, i) =>
            add(
              xi,
              constant(
                (along[i] as Float32Array).map((v) => v * step * sign),
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
  const feeds = Object.fromEntries(values.map((value, i) => [`x${i}`, value]));
  const out = await evaluate(graph({ exact, numeric: mul(sub(shifted(1), shifted(-1)), 0.5 / step), scale }), {
    ...feeds,
    w: normal({ seed, stream: 'w', step: 0, index: 0 }, size(y.shape)),
  });
  return [out.exact, out.numeric, out.scale].map((t) => Number(t?.data[0])) as [number, number, number];
}

describe.each(Object.entries(cases))('the vjp of %s', (_op, arbitrary) => {
  it('agrees with a central difference along a random direction', () =>
    fc.assert(
      fc.asyncProperty(arbitrary, fc.integer({ min: 0, max: 2 ** 31 }), async (of, seed) => {
        const [exact, numeric, scale] = await directions(of, seed);
        expect(Math.abs(exact - numeric)).toBeLessThan(1e-2 * (scale + 1));
      }),
      { numRuns: 12 },
    ));
});
