import {
  add,
  backward,
  type ConvGeometry,
  cast,
  compile,
  concat,
  constant,
  conv,
  div,
  expand,
  fold,
  type Graph,
  gemm,
  graph,
  greater,
  groupNorm,
  input,
  layerNorm,
  lower,
  matmul,
  mean,
  mul,
  neg,
  type OnnxModel,
  reshape,
  type Shape,
  share,
  sigmoid,
  silu,
  size,
  slice,
  softmax,
  split,
  sub,
  sum,
  swapLast,
  type Target,
  tanh,
  toOnnx,
  toText,
  transpose,
  type Value,
  where,
} from '@bradley/graph';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cpuTarget } from './cpu-target.js';
import { normal } from './random.js';
import { createSession, type HostData } from './session.js';

/** One step of a random graph: a new value from those there are. */
type Step = (values: readonly Value[]) => Value;

/** A step that reads `count` of the values there are, picked at random, and some setting. */
function reading<T>(count: 1 | 2 | 3, setting: fc.Arbitrary<T>, apply: (x: Three, setting: T) => Value) {
  const places = fc.tuple(fc.nat(999), fc.nat(count > 1 ? 999 : 0), fc.nat(count > 2 ? 999 : 0));
  return fc.record({ places, setting }).map(
    (drawn): Step =>
      (values) =>
        apply(drawn.places.map((n) => values[n % values.length]) as Three, drawn.setting),
  );
}
type Three = [Value, Value, Value];

const nothing = fc.constant(null);
const arithmetic = fc.constantFrom(add, sub, mul);
/** Numbers that folding looks for, and others. */
const scalar = fc.constantFrom(0, 1, -1, 0.5, 2, 3);
/** Every value has 12 elements, so that any two can be brought to one shape. */
const twelve = fc.constantFrom<Shape>([12], [3, 4], [4, 3], [2, 6], [1, 12], [2, 2, 3], [3, 1, 4], [2, 3, 2, 1]);
const as = (shape: Shape, x: Value): Value => reshape(x, shape);
const rotated = (x: Value): Value =>
  transpose(
    x,
    [...x.shape.keys()].map((axis) => (axis + 1) % x.shape.length),
  );

const step = fc.oneof(
  reading(1, fc.constantFrom(neg, sigmoid, tanh, silu, softmax), ([x], op) => op(x)),
  reading(1, twelve, ([x], shape) => as(shape, x)),
  reading(1, fc.constantFrom(1, 2, 3), ([x], times) => Array.from({ length: times }).reduce<Value>(rotated, x)),
  reading(1, fc.tuple(scalar, arithmetic), ([x], [c, op]) => op(x, c)),
  reading(1, fc.tuple(scalar, arithmetic), ([x], [c, op]) => op(c, x)),
  reading(1, fc.constantFrom(1, 2, -4), ([x], c) => div(x, c)),
  reading(1, scalar, ([x], c) => mul(x, as(x.shape, expand(constant(c), [12])))),
  reading(1, nothing, ([x]) => mul(x, cast(greater(x, 0.123), 'float32'))),
  reading(2, arithmetic, ([x, y], op) => op(x, as(x.shape, y))),
  reading(2, arithmetic, ([x, y], op) => op(expand(mean(as(x.shape, y), [0], { keepdims: true }), x.shape), x)),
  reading(3, nothing, ([x, y, z]) => where(greater(x, 0.123), as(x.shape, y), as(x.shape, z))),
  reading(2, nothing, ([x, y]) => matmul(matmul(as([3, 4], x), swapLast(as([3, 4], y))), as([3, 4], y))),
  reading(2, fc.boolean(), ([x, y], transA) => {
    const [a, b] = [as([3, 4], x), as([3, 4], y)];
    return gemm(gemm(transA ? swapLast(a) : a, b, { transA, transB: true }), b); // (3, 3) × (3, 4)
  }),
  reading(2, nothing, ([x, y]) => {
    const [left, right] = split(concat([as([2, 6], x), as([2, 6], y)], 1), [4, 8], 1) as [Value, Value];
    return mul(slice(right, [1], [2], [8]), sum(left)); // (2, 6)
  }),
  reading(2, nothing, ([x, y]) => {
    const affine = slice(as([12], y), [0], [0], [2]);
    return groupNorm(as([1, 2, 3, 2], x), affine, affine, 2, 0.5);
  }),
  reading(2, nothing, ([x, y]) => {
    const affine = slice(as([12], y), [0], [3], [7]);
    return layerNorm(as([3, 4], x), affine, affine, 0.5);
  }),
);

/** A graph to compile, and the same with its intermediate values returned too: how large numbers get on the way. */
interface Sample {
  readonly from: Graph;
  readonly open: Graph;
}

function sample(outputs: Record<string, Value>, between: readonly Value[] = []): Sample {
  const from = graph(outputs);
  const values = Object.fromEntries(between.map((value, i) => [`value ${i}`, value]));
  return Object.assign({ from, open: graph({ ...outputs, ...values }) }, { [fc.toStringMethod]: () => toText(from) });
}

const named = (gradients: readonly Value[]): Record<string, Value> =>
  Object.fromEntries(gradients.map((g, i) => [`gradient ${i}`, g]));

const randomGraph = fc
  .record({ steps: fc.array(step, { minLength: 1, maxLength: 10 }), differentiate: fc.boolean() })
  .map(({ steps, differentiate }) => {
    const leaves = [input('a', [3, 4]), input('b', [12]), input('c', [2, 6])];
    const values = [...leaves];
    for (const next of steps) values.push(next(values));
    const y = values.at(-1) as Value;
    const gradients = differentiate ? backward([{ of: y, gradient: input('g', y.shape) }], leaves) : [];
    return sample({ y, ...named(gradients) }, values.slice(0, -1));
  });

const convGraph = fc
  .record({
    inputs: fc.constantFrom(16, 32, 5),
    outputs: fc.constantFrom(16, 32, 5),
    kernel: fc.constantFrom(1, 3),
    stride: fc.constantFrom(1, 2),
    padding: fc.constantFrom(0, 1),
    lopsided: fc.boolean(),
    bias: fc.boolean(),
    batch: fc.constantFrom(1, 2),
    height: fc.integer({ min: 3, max: 7 }),
    width: fc.integer({ min: 3, max: 7 }),
  })
  .map(({ inputs, outputs, kernel, stride, padding, lopsided, bias, batch, height, width }) => {
    const pads: ConvGeometry['pads'] = lopsided ? [0, 0, 1, 1] : [padding, padding, padding, padding];
    const x = input('a', [batch, inputs, height, width]);
    const w = input('b', [outputs, inputs, kernel, kernel]);
    const c = bias ? input('c', [outputs]) : null;
    const y = conv(x, w, c, { strides: [stride, stride], pads });
    const leaves = c ? [x, w, c] : [x, w];
    const gradients = backward([{ of: y, gradient: input('g', y.shape) }], leaves);
    return sample({ y, ...named(gradients) });
  });

type Results = Record<string, Float32Array>;

/** The outputs of a model on drawn inputs. */
async function run(model: OnnxModel, seed: number): Promise<Results> {
  const session = await createSession(model, { threads: 1 });
  try {
    const feeds = Object.fromEntries(
      model.inputs.map(({ name, shape }): [string, HostData] => [
        name,
        normal({ seed, stream: name, step: 0, index: 0 }, size(shape)),
      ]),
    );
    const out = await session.run(feeds);
    return Object.fromEntries(Object.entries(out).map(([name, { data }]) => [name, data as Float32Array]));
  } finally {
    await session.release();
  }
}

/** Within 1e-5 of the largest number on the way: passes change the order of sums, and differences of large numbers show it. */
async function expectSameResults(compiled: OnnxModel, { open }: Sample, drawn: number): Promise<void> {
  const want = await run(plain(open), drawn);
  const scale = Object.values(want)
    .flatMap((values) => [...values])
    .reduce((most, v) => Math.max(most, Math.abs(v)), 1);
  fc.pre(Number.isFinite(scale));
  for (const [name, values] of Object.entries(await run(compiled, drawn))) {
    const expected = want[name] as Float32Array;
    expect(values.length).toBe(expected.length);
    values.forEach((v, i) => {
      expect(Math.abs(v - (expected[i] as number)), `${name}[${i}]`).toBeLessThanOrEqual(1e-5 * scale);
    });
  }
}

const seed = fc.integer({ min: 0, max: 2 ** 31 });
/** Without passes of ours, but for the ops that ONNX lacks. */
const plain = (from: Graph) => toOnnx(lower(from, { provider: 'onnx' }));

describe('a pass', () => {
  it.each<[string, (from: Graph) => Graph]>([
    ['fold', fold],
    ['share', share],
    ['share, then fold, then share', (from) => share(fold(share(from)))],
  ])('%s changes no result', (_name, pass) =>
    fc.assert(
      fc.asyncProperty(randomGraph, seed, async (of, drawn) => {
        await expectSameResults(plain(pass(of.from)), of, drawn);
      }),
      { numRuns: 60 },
    ),
  );
});

describe.each<[string, () => Promise<Target>]>([
  ['a CPU without blocked convolutions', async () => ({ provider: 'cpu', convBlock: null })],
  ['this CPU', cpuTarget],
  ['WebGPU', async () => ({ provider: 'webgpu' })],
])('a graph compiled for %s', (_name, machine) => {
  it.each([
    ['of many ops', randomGraph, 60],
    ['of a trained convolution', convGraph, 40],
  ] as const)('%s gives the same results, forward and backward', async (_what, graphs, numRuns) => {
    const target = await machine();
    await fc.assert(
      fc.asyncProperty(graphs, seed, async (of, drawn) => {
        await expectSameResults(compile(of.from, target), of, drawn);
      }),
      { numRuns },
    );
  });
});
