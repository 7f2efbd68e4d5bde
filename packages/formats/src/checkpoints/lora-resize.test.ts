import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { float32Tensor, type Tensor } from '../tensor.js';
import { product, squareSvd } from '../thin-svd.js';
import { addLora, joinLoras, updateShape } from './lora-join.js';
import { LoraError, type LoraModule, rankOf } from './lora-modules.js';
import { resizeLora, updateNorm } from './lora-resize.js';

/** Numbers that are a function of their seed. */
const tensor = (shape: number[], seed: number): Tensor => {
  const count = shape.reduce((a, b) => a * b, 1);
  return float32Tensor(
    shape,
    Float32Array.from({ length: count }, (_, i) => Math.sin(12.9898 * i + 78.233 * seed + i * i)),
  );
};
const module = (out: number, rank: number, inputs: number[], alpha: number, seed = 0): LoraModule => ({
  A: tensor([rank, ...inputs], seed),
  B: tensor([out, rank, ...inputs.slice(1).map(() => 1)], seed + 1),
  alpha,
});

/** alpha / rank · B A by its definition, in float64. */
function update({ A, B, alpha }: LoraModule): Float64Array {
  const [rows, columns] = updateShape({ A, B, alpha });
  const rank = A.shape[0] as number;
  const left = { rows, columns: rank, data: Float64Array.from(B.data as Float32Array) };
  const right = { rows: rank, columns, data: Float64Array.from(A.data as Float32Array) };
  return product(left, right).data.map((x) => (x * alpha) / rank);
}
const norm = (x: Float64Array) => Math.sqrt(x.reduce((sum, a) => sum + a * a, 0));
const difference = (a: Float64Array, b: Float64Array) => norm(a.map((x, i) => x - (b[i] as number)));
const only = (of: LoraModule, target: Parameters<typeof resizeLora>[1]) => {
  const { modules, report } = resizeLora(new Map([['unet.a', of]]), target);
  return { ...(report[0] as (typeof report)[number]), smaller: modules.get('unet.a') as LoraModule };
};

describe('resizing', () => {
  it.each([
    [9, 5, [7]],
    [4, 6, [3, 3, 3]],
    [3, 8, [5]],
    [12, 4, [2]],
  ])(
    'of (%i, rank %i, %j) is off by the energy that it says it dropped: the least that any of that rank is',
    (out, rank, inputs) => {
      const whole = module(out, rank, inputs, -2.5);
      const exact = update(whole);
      const [rows, columns] = updateShape(whole);
      const n = Math.max(rows, columns);
      const padded = { rows: n, columns: n, data: new Float64Array(n * n) };
      for (let i = 0; i < rows; i++) padded.data.set(exact.subarray(i * columns, (i + 1) * columns), i * n);
      const { S } = squareSvd(padded);
      for (let keep = 1; keep < rank; keep++) {
        const { smaller, after, kept } = only(whole, { rank: keep });
        const dropped = norm(S.subarray(keep));
        expect(after).toBe(keep);
        expect(smaller.A.shape).toEqual([keep, ...inputs]);
        expect(difference(update(smaller), exact)).toBeCloseTo(dropped, 5);
        expect(1 - kept).toBeCloseTo((dropped / norm(exact)) ** 2, 9);
      }
    },
  );

  it('to a rank that is no less changes nothing', () => {
    const whole = module(5, 3, [4], 1);
    expect(only(whole, { rank: 3 })).toMatchObject({ smaller: whole, kept: 1 });
    expect(only(whole, { rank: 9 }).smaller).toBe(whole);
  });

  it('by energy takes the least rank that keeps it', () =>
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 1, noNaN: true }), fc.integer({ min: 0, max: 99 }), (energy, seed) => {
        const whole = module(8, 5, [7], 5, seed);
        const { after, kept } = only(whole, { energy });
        if (after < 5) expect(kept).toBeGreaterThanOrEqual(energy);
        if (after > 1) expect(only(whole, { rank: after - 1 }).kept).toBeLessThan(energy);
      }),
    ));

  it('drops what a rank does not need: a doubled LoRA has half its rank, without loss', () => {
    const one = module(6, 2, [5], 2);
    const twice = joinLoras([1, 1].map((strength) => ({ modules: new Map([['unet.a', one]]), strength }))).get(
      'unet.a',
    );
    const { smaller, after } = only(twice as LoraModule, { energy: 1 - 1e-9 });
    expect(after).toBe(2);
    expect(
      difference(
        update(smaller),
        update(one).map((x) => 2 * x),
      ),
    ).toBeLessThan(1e-5);
  });

  it('of an untrained LoRA keeps zeros', () => {
    const { smaller, kept } = only(
      { ...module(4, 3, [5], 1), B: float32Tensor([4, 3], new Float32Array(12)) },
      { rank: 1 },
    );
    expect([rankOf(smaller), kept, norm(update(smaller))]).toEqual([1, 1, 0]);
  });
});

describe('joining', () => {
  it('is the weighted sum of the updates, in one product', () => {
    const parts = [module(4, 2, [3, 3, 3], 1, 1), module(4, 3, [3, 3, 3], 6, 2)];
    const joined = joinLoras(parts.map((of, i) => ({ modules: new Map([['unet.a', of]]), strength: i - 0.5 }))).get(
      'unet.a',
    );
    const expected = update(parts[0] as LoraModule).map(
      (x, i) => -0.5 * x + 0.5 * (update(parts[1] as LoraModule)[i] as number),
    );
    expect([joined?.alpha, joined?.A.shape, joined?.B.shape]).toEqual([5, [5, 3, 3, 3], [4, 5, 1, 1]]);
    expect(difference(update(joined as LoraModule), expected)).toBeLessThan(1e-5);
  });

  it('leaves a layer that only one has as it is, and refuses layers of different sizes', () => {
    const a = new Map([['unet.a', module(4, 2, [3], 2)]]);
    const b = new Map([['unet.b', module(4, 2, [3], 2)]]);
    expect([
      ...joinLoras([
        { modules: a, strength: 1 },
        { modules: b, strength: 1 },
      ]).keys(),
    ]).toEqual(['unet.a', 'unet.b']);
    const wide = new Map([['unet.a', module(4, 2, [5], 2)]]);
    const both = [a, wide].map((modules) => ({ modules, strength: 1 }));
    expect(() => joinLoras(both)).toThrow(LoraError);
    expect(() => joinLoras(both)).toThrow(/unet\.a: one LoRA is of \(4, 3\), another of \(4, 5\)/);
  });
});

it('adds to a weight what its definition says, and refuses one of another size', () => {
  const of = module(5, 3, [4, 3, 3], 2);
  const weight = Float32Array.from({ length: 180 }, (_, i) => i / 7);
  const expected = update(of).map((x, i) => i / 7 + 0.5 * x);
  addLora(weight, of, 0.5);
  expect(difference(Float64Array.from(weight), expected)).toBeLessThan(1e-5);
  expect(() => addLora(new Float32Array(7), of)).toThrow(/does not fit a weight of 7/);
});

it('knows the norm of an update without forming it', () => {
  const of = module(5, 3, [4, 3, 3], -2);
  expect(updateNorm(of)).toBeCloseTo(norm(update(of)), 9);
});
