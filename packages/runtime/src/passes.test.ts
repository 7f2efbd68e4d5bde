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
import { cpuTarget } from './compile.js';
import { normal } from './random.js';
import { createSession, type HostData } from './session.js';

/** One step of a random graph: a new value from those there are, picked by number. */
type Step = (values: readonly Value[]) => Value;

const pick = (values: readonly Value[], at: number): Value => values[at % values.length] as Value;
const at = fc.nat(1000);
/** Numbers that folding looks for, and others. */
const scalar = fc.constantFrom(0, 1, -1, 0.5, 2, 3);
/** All ways to write the size of a tensor of 12 as a shape. */
const twelve: Shape[] = [[12], [3, 4], [4, 3], [2, 6], [1, 12], [2, 2, 3], [3, 1, 4], [2, 3, 2, 1]];

/** Steps keep 12 elements, so that any two values can be brought to one shape. */
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(at, fc.constantFrom(neg, sigmoid, tanh, silu, softmax)).map(
    ([i, op]): Step =>
      (values) =>
        op(pick(values, i)),
  ),
  fc.tuple(at, fc.constantFrom(...twelve)).map(
    ([i, to]): Step =>
      (values) =>
        reshape(pick(values, i), to),
  ),
  fc.tuple(at, fc.boolean()).map(
    ([i, twice]): Step =>
      (values) => {
        const x = pick(values, i);
        const turned = transpose(x, [...x.shape.keys()].reverse());
        return twice ? transpose(turned, [...x.shape.keys()].reverse()) : turned;
      },
  ),
  fc.tuple(at, scalar, fc.constantFrom(add, sub, mul), fc.boolean()).map(
    ([i, c, op, first]): Step =>
      (values) =>
        first ? op(c, pick(values, i)) : op(pick(values, i), c),
  ),
  fc.tuple(at, fc.constantFrom(1, 2, -4)).map(
    ([i, c]): Step =>
      (values) =>
        div(pick(values, i), c),
  ),
  fc.tuple(at, at, fc.constantFrom(add, sub, mul)).map(
    ([i, j, op]): Step =>
      (values) => {
        const a = pick(values, i);
        return op(a, reshape(pick(values, j), a.shape));
      },
  ),
  fc.tuple(at, at, fc.constantFrom(add, sub, mul)).map(
    ([i, j, op]): Step =>
      (values) => {
        const a = pick(values, i);
        const row = mean(reshape(pick(values, j), a.shape), [0], { keepdims: true });
        return op(expand(row, a.shape), a);
      },
  ),
  fc.tuple(at, scalar).map(
    ([i, c]): Step =>
      (values) => {
        const a = pick(values, i);
        return mul(a, reshape(expand(constant(c), [12]), a.shape));
      },
  ),
  fc.tuple(at, at, at).map(
    ([i, j, k]): Step =>
      (values) => {
        const a = pick(values, i);
        return where(greater(a, 0.123), reshape(pick(values, j), a.shape), reshape(pick(values, k), a.shape));
      },
  ),
  fc.tuple(at, at).map(
    ([i, j]): Step =>
      (values) => {
        const [a, b] = [reshape(pick(values, i), [3, 4]), reshape(pick(values, j), [3, 4])];
        return matmul(matmul(a, swapLast(b)), b); // (3, 4)
      },
  ),
  fc.tuple(at, at, fc.boolean()).map(
    ([i, j, transA]): Step =>
      (values) => {
        const [a, b] = [reshape(pick(values, i), [3, 4]), reshape(pick(values, j), [3, 4])];
        const square = gemm(transA ? swapLast(a) : a, b, { transA, transB: true }); // (3, 3)
        return gemm(square, b);
      },
  ),
  fc.tuple(at, at).map(
    ([i, j]): Step =>
      (values) => {
        const both = concat([reshape(pick(values, i), [2, 6]), reshape(pick(values, j), [2, 6])], 1);
        const [left, right] = split(both, [4, 8], 1) as [Value, Value];
        return mul(concat([left, left, left], 0).shape[0] === 6 ? slice(right, [1], [0], [6]) : right, sum(left));
      },
  ),
  fc.tuple(at, at).map(
    ([i, j]): Step =>
      (values) => {
        const x = reshape(pick(values, i), [1, 2, 3, 2]);
        const s = slice(reshape(pick(values, j), [12]), [0], [0], [2]);
        return groupNorm(x, s, s, 2, 0.5);
      },
  ),
  fc.tuple(at, at).map(
    ([i, j]): Step =>
      (values) => {
        const s = slice(reshape(pick(values, j), [12]), [0], [3], [7]);
        return layerNorm(reshape(pick(values, i), [3, 4]), s, s, 0.5);
      },
  ),
  at.map(
    (i): Step =>
      (values) =>
        mul(pick(values, i), cast(greater(pick(values, i), 0.123), 'float32')),
  ),
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
    const values = steps.reduce<readonly Value[]>((made, next) => [...made, next(made)], leaves);
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
const plain = (from: Graph) => toOnnx(lower(from, { provider: 'webgpu' }));

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
