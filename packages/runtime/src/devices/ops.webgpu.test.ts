import {
  add,
  attention,
  backward,
  block,
  cast,
  conv,
  cos,
  equal,
  gather,
  graph,
  groupNorm,
  input,
  layerNorm,
  matmul,
  max,
  mean,
  quickGelu,
  type Shape,
  silu,
  sin,
  size,
  square,
  type Value,
} from '@bradley/graph';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluate } from '../evaluate.js';
import { type Case, cases, drawInputs } from '../op-cases.test-support.js';
import { normal } from '../random.js';
import type { Feeds, HostTensor } from '../session.js';
import { checkDevice } from './trial.js';

/** Ops without a gradient there: asking for it is an error that says so. */
const forwardOnly: readonly string[] = ['MaxPool'];

type Results = Record<string, Float32Array>;
const floats = (of: Readonly<Record<string, HostTensor>>): Results =>
  Object.fromEntries(Object.entries(of).map(([name, { data }]) => [name, data as Float32Array]));

/** The outputs on the CPU, and on WebGPU with nothing handed back to the CPU. */
async function both(outputs: Record<string, Value>, feeds: Feeds): Promise<[Results, Results]> {
  const from = graph(outputs);
  return [floats(await evaluate(from, feeds)), floats(await evaluate(from, feeds, { device: 'webgpu', strict: true }))];
}

/** Within 1e-4 of the largest number: a GPU sums in another order and has its own exp, erf and division. */
function expectClose(got: Results, want: Results, tolerance = 1e-4): void {
  for (const [name, expected] of Object.entries(want)) {
    const scale = expected.reduce((most, v) => Math.max(most, Math.abs(v)), 1);
    expect(got[name]?.length).toBe(expected.length);
    expected.forEach((v, i) => {
      expect(Math.abs((got[name]?.[i] as number) - v), `${name}[${i}]`).toBeLessThanOrEqual(tolerance * scale);
    });
  }
}

const draw = (stream: string, shape: Shape): Float32Array =>
  normal({ seed: 0, stream, step: 0, index: 0 }, size(shape));

const { reason } = await checkDevice('webgpu');
if (reason) console.warn(`Skipped, for there is no WebGPU adapter: ${reason}`);

describe.skipIf(reason)('on WebGPU', () => {
  it.each(Object.entries(cases))('%s and its gradient are those of the CPU, and stay there', async (op, arbitrary) => {
    const drawn: Case[] = fc.sample(arbitrary, { seed: 1, numRuns: 4 });
    for (const [seed, of] of drawn.entries()) {
      const x = of.inputs.map((shape, i) => input(`x${i}`, shape));
      const y = of.apply(...x);
      const toEach = backward([{ of: y, gradient: input('g', y.shape) }], x) as Value[];
      const fed = Object.fromEntries(drawInputs(of, seed).map((values, i) => [`x${i}`, values]));
      const g = normal({ seed, stream: 'g', step: 0, index: 0 }, size(y.shape));
      const gradients = Object.fromEntries(toEach.map((value, i) => [`to x${i}`, value]));
      if (forwardOnly.includes(op))
        await expect(evaluate(graph(gradients), { ...fed, g }, { device: 'webgpu' })).rejects.toThrow('--device cpu');
      const outputs = forwardOnly.includes(op) ? { y } : { y, ...gradients };
      const [want, got] = await both(outputs, forwardOnly.includes(op) ? fed : { ...fed, g }).catch((error: Error) => {
        throw new Error(`${op} of ${of.inputs.map((shape) => `(${shape})`).join(', ')}: ${error.message}`);
      });
      expectClose(got, want);
    }
  });

  it('sine and cosine hold for the angles of timestep embeddings', async () => {
    const x = input('x', [101]);
    const [want, got] = await both(
      { sine: sin(x), cosine: cos(x) },
      { x: Float32Array.from({ length: 101 }, (_, i) => 10 * i) },
    );
    expectClose(got, want);
  });

  it('token ids are looked up and compared, with the CPU at hand', async () => {
    const ids = input('ids', [2, 3], 'int64');
    const table = input('table', [5, 4]);
    const [toTable] = backward(mean(square(gather(table, ids))), [table]) as [Value];
    const highest = cast(equal(ids, max(ids, [1], { keepdims: true })), 'float32');
    const feeds = {
      ids: BigInt64Array.of(1n, 4n, 0n, 2n, 2n, 3n),
      table: normal({ seed: 0, stream: 'table', step: 0, index: 0 }, 20),
    };
    const from = graph({ toTable, highest });
    expectClose(floats(await evaluate(from, feeds, { device: 'webgpu' })), floats(await evaluate(from, feeds)));
    await expect(evaluate(from, feeds, { device: 'webgpu', strict: true })).rejects.toThrow('fallback');
  });

  const same = { strides: [1, 1], pads: [1, 1, 1, 1] } as const;
  const down = { strides: [2, 2], pads: [0, 0, 1, 1] } as const;
  // Small cases say nothing of kernels that work in tiles: one of them was right for 6 tokens and off by a third for 256.
  it.each<[string, Shape[], (...x: Value[]) => Value]>([
    [
      'a convolution',
      [
        [2, 64, 16, 16],
        [64, 64, 3, 3],
      ],
      (x, w) => conv(x as Value, w as Value, null, same),
    ],
    [
      'a strided convolution',
      [
        [2, 64, 16, 16],
        [64, 64, 3, 3],
      ],
      (x, w) => conv(x as Value, w as Value, null, down),
    ],
    [
      'a group norm',
      [[2, 64, 16, 16], [64], [64]],
      (x, s, b) => groupNorm(x as Value, s as Value, b as Value, 8, 1e-5),
    ],
    ['a layer norm', [[2, 256, 64], [64], [64]], (x, s, b) => layerNorm(x as Value, s as Value, b as Value, 1e-5)],
    [
      'self-attention',
      [
        [2, 256, 64],
        [2, 256, 64],
        [2, 256, 64],
      ],
      (q, k, v) => attention(q as Value, k as Value, v as Value, { heads: 4 }),
    ],
    [
      'cross-attention',
      [
        [2, 256, 64],
        [2, 12, 64],
        [2, 12, 64],
      ],
      (q, k, v) => attention(q as Value, k as Value, v as Value, { heads: 4 }),
    ],
    [
      'a product',
      [
        [2, 256, 64],
        [64, 256],
      ],
      (a, b) => matmul(a as Value, b as Value),
    ],
    ['an activation', [[2, 64, 16, 16]], (x) => quickGelu(silu(x as Value))],
    ['a mean', [[2, 64, 64, 64]], (x) => mean(square(x as Value))],
  ])('%s of the size of a small UNet is right, with its gradient', async (_name, shapes, apply) => {
    const x = shapes.map((shape, i) => input(`x${i}`, shape));
    const y = apply(...x);
    const toEach = backward([{ of: y, gradient: input('g', y.shape) }], x) as Value[];
    const fed = [...shapes.entries()].map(([i, shape]) => [`x${i}`, draw(`x${i}`, shape)]);
    // The forward alone first: it is lowered otherwise where nobody differentiates.
    for (const outputs of [{ y }, { y, ...Object.fromEntries(toEach.map((g, i) => [`to x${i}`, g])) }]) {
      const feeds = { ...Object.fromEntries(fed), ...('to x0' in outputs ? { g: draw('g', y.shape) } : {}) };
      const [want, got] = await both(outputs, feeds);
      expectClose(got, want, 1e-5);
    }
  });

  it('recomputed blocks have the gradients of kept ones', async () => {
    const shapes = { x: [1, 4, 4, 4], w0: [4, 4, 3, 3], w1: [4, 4, 3, 3], w2: [4, 4, 3, 3] };
    const inputs = Object.entries(shapes).map(([name, shape]) => input(name, shape));
    const [x, ...weights] = inputs as [Value, ...Value[]];
    const layer = (h: Value, w: Value): Value =>
      add(h, conv(silu(h), w, null, { strides: [1, 1], pads: [1, 1, 1, 1] }));
    const y = weights.reduce((h, w) => block(() => layer(h, w)), x);
    const toEach = backward(mean(square(y)), inputs, { recompute: true }) as Value[];
    const feeds = Object.fromEntries(
      Object.entries(shapes).map(([name, shape]) => [
        name,
        normal({ seed: 3, stream: name, step: 0, index: 0 }, size(shape)),
      ]),
    );
    const [want, got] = await both(Object.fromEntries(toEach.map((g, i) => [`to ${i}`, g])), feeds);
    expectClose(got, want);
  });
});
