import {
  abs,
  add,
  attention,
  cast,
  concat,
  constant,
  conv,
  convTranspose,
  cos,
  type DifferentiableOp,
  dequantize,
  div,
  equal,
  erf,
  exp,
  expand,
  gather,
  gelu,
  gemm,
  greater,
  groupNorm,
  layerNorm,
  less,
  log,
  matmul,
  max,
  mean,
  mul,
  neg,
  pad,
  quickGelu,
  relu,
  reshape,
  type Shape,
  scatterAdd,
  sigmoid,
  silu,
  sin,
  size,
  slice,
  softmax,
  softplus,
  split,
  sqrt,
  stopGradient,
  sub,
  sum,
  sumPool,
  tanh,
  transpose,
  upsampleNearest,
  type Value,
  where,
} from '@bradley/graph';
import fc from 'fast-check';
import { importedCases } from './imported-op-cases.test-support.js';
import { normal } from './random.js';

/** How an op is checked: its differentiated inputs' shapes, and the op applied to them. */
export interface Case {
  apply: (...x: Value[]) => Value;
  inputs: readonly Shape[];
  /** Where the inputs are drawn: 'any' number, 'positive', 'apart' from the kinks at 0, or 'distinct', each a quarter from the next. */
  domain?: 'any' | 'positive' | 'apart' | 'distinct';
}

const n = fc.integer({ min: 1, max: 5 });
const even = fc.constantFrom(2, 4, 6);
const shape = fc.array(n, { minLength: 0, maxLength: 3 });
/** Two shapes that broadcast against each other. */
const broadcasting = fc
  .array(fc.record({ n, one: fc.constantFrom(0, 1, 2) }), { maxLength: 3 })
  .map((axes) => [
    axes.map((axis) => (axis.one === 1 ? 1 : axis.n)),
    axes.map((axis) => (axis.one === 2 ? 1 : axis.n)).slice(axes.length > 1 && axes[0]?.one === 2 ? 1 : 0),
  ]);
const unary = (apply: (x: Value) => Value, domain: Case['domain'] = 'any') =>
  shape.map((s): Case => ({ apply, inputs: [s], domain }));
const binary = (apply: (a: Value, b: Value) => Value, domain: Case['domain'] = 'any') =>
  broadcasting.map((inputs): Case => ({ apply: apply as Case['apply'], inputs, domain }));
const ints = (numbers: readonly number[]): Value => constant(numbers, [numbers.length], 'int64');
/** Whole numbers from −127 to 127. */
const bytes = (of: Shape): Value =>
  constant(
    Int8Array.from({ length: size(of) }, (_, i) => ((i * 89) % 255) - 127),
    of,
    'int8',
  );

const reduce = (
  op: (x: Value, axes: readonly number[], options: { keepdims: boolean }) => Value,
  domain: Case['domain'] = 'any',
) =>
  fc.record({ a: n, b: n, c: n, axes: fc.subarray([0, 1, 2], { minLength: 1 }), keepdims: fc.boolean() }).map(
    ({ a, b, c, axes, keepdims }): Case => ({
      apply: ((x: Value) => op(x, axes, { keepdims })) as Case['apply'],
      inputs: [[a, b, c]],
      domain,
    }),
  );

const convCase = fc
  .record({
    b: n,
    i: n,
    o: n,
    h: fc.integer({ min: 3, max: 6 }),
    w: fc.integer({ min: 3, max: 6 }),
    k: fc.constantFrom(1, 2, 3),
    stride: fc.constantFrom(1, 2),
    pads: fc.tuple(...[0, 1, 0, 1].map(() => fc.integer({ min: 0, max: 1 }))),
    bias: fc.boolean(),
  })
  .map(
    ({ b, i, o, h, w, k, stride, pads, bias }): Case => ({
      apply: ((x: Value, kernel: Value, c?: Value) =>
        conv(x, kernel, c ?? null, {
          strides: [stride, stride],
          pads: pads as [number, number, number, number],
        })) as Case['apply'],
      inputs: [[b, i, h, w], [o, i, k, k], ...(bias ? [[o]] : [])],
    }),
  );

/** One generator of cases per differentiable op: a missing op does not compile. */
export const cases: Record<DifferentiableOp, fc.Arbitrary<Case>> = {
  ...importedCases,
  Add: binary(add),
  Sub: binary(sub),
  Mul: binary(mul),
  Div: binary(div, 'positive'),
  Neg: unary(neg),
  Exp: unary(exp),
  Log: unary(log, 'positive'),
  Sqrt: unary(sqrt, 'positive'),
  Sin: unary(sin),
  Cos: unary(cos),
  Tanh: unary(tanh),
  Erf: unary(erf),
  Abs: unary(abs, 'apart'),
  Relu: unary(relu, 'apart'),
  Sigmoid: unary(sigmoid),
  Softplus: unary(softplus),
  Silu: unary(silu),
  Gelu: unary(gelu),
  QuickGelu: unary(quickGelu),
  Greater: unary((x) => mul(x, cast(greater(x, 0), 'float32')), 'apart'),
  Less: unary((x) => mul(x, cast(less(x, 0), 'float32')), 'apart'),
  Equal: unary((x) => mul(x, cast(equal(x, 0), 'float32')), 'apart'),
  Where: binary((a, b) => where(greater(a, 0), mul(a, b), sub(a, b)), 'apart'),
  Cast: unary((x) => cast(x, 'float32')),
  StopGradient: unary((x) => mul(x, add(stopGradient(mul(x, 0)), 2))),
  ReduceSum: reduce(sum),
  ReduceMean: reduce(mean),
  ReduceMax: reduce(max, 'distinct'), // at a tie the direction is a kink
  Reshape: fc
    .tuple(n, n, n)
    .map(([a, b, c]) => ({ apply: (x) => mul(reshape(x as Value, [c, a * b]), 2), inputs: [[a, b, c]] })),
  Transpose: fc
    .tuple(n, n, n, fc.shuffledSubarray([0, 1, 2], { minLength: 3 }))
    .map(([a, b, c, perm]) => ({ apply: (x) => transpose(x as Value, perm), inputs: [[a, b, c]] })),
  Expand: fc.tuple(n, n, n).map(([a, b, c]) => ({ apply: (x) => expand(x as Value, [c, a, b]), inputs: [[a, 1]] })),
  Concat: fc.tuple(n, n, n).map(([a, b, c]) => ({
    apply: (x, y) => concat([x as Value, y as Value], 1),
    inputs: [
      [a, b],
      [a, c],
    ],
  })),
  Split: fc.tuple(n, n, n, fc.boolean()).map(([a, b, c, both]) => ({
    apply: (x) => {
      const [p, q] = split(x as Value, [b, c], 0) as [Value, Value];
      return both ? add(sum(mul(p, p)), sum(q)) : mul(q, 3);
    },
    inputs: [[b + c, a]],
  })),
  Slice: fc.tuple(n, n, n).map(([a, b, c]) => ({
    apply: (x) => slice(x as Value, [0, 1], [a - 1, 0], [a + b - 1, c]),
    inputs: [[a + b, c + 1]],
  })),
  Pad: fc.tuple(n, n, n).map(([a, b, c]) => ({ apply: (x) => pad(x as Value, [a, 0], [0, b]), inputs: [[b, c]] })),
  Gather: fc
    .tuple(n, n, fc.array(fc.nat(20), { minLength: 1, maxLength: 6 }))
    .map(([v, d, at]) => ({ apply: (x) => gather(x as Value, ints(at.map((i) => i % v))), inputs: [[v, d]] })),
  ScatterAdd: fc.tuple(n, n, fc.array(fc.nat(20), { minLength: 1, maxLength: 6 })).map(([v, d, at]) => ({
    apply: (x, u) => scatterAdd(x as Value, ints(at.map((i) => i % v)), u as Value),
    inputs: [
      [v, d],
      [at.length, d],
    ],
  })),
  MatMul: fc.tuple(n, n, n, n, fc.constantFrom(0, 1, 2, 3)).map(([b, m, k, p, kind]) => ({
    apply: (x, y) => matmul(x as Value, y as Value),
    inputs: [kind === 1 ? [m, k] : [b, m, k], kind === 2 ? [k, p] : kind === 3 ? [1, k, p] : [b, k, p]],
  })),
  Gemm: fc.tuple(n, n, n, fc.boolean(), fc.boolean(), fc.boolean()).map(([m, k, p, transA, transB, bias]) => ({
    apply: (a, b, c) => gemm(a as Value, b as Value, { transA, transB, bias: c ?? null }),
    inputs: [transA ? [k, m] : [m, k], transB ? [p, k] : [k, p], ...(bias ? [[p]] : [])],
  })),
  Conv: convCase,
  ConvTranspose: fc.tuple(n, n, n, fc.constantFrom(1, 2), n).map(([b, i, o, stride, h]) => ({
    apply: (x, w) =>
      convTranspose(x as Value, w as Value, { strides: [stride, stride], pads: [1, 1, 1, 1] }, h * stride, h * stride),
    inputs: [
      [b, i, h, h],
      [i, o, 3, 3],
    ],
  })),
  UpsampleNearest: fc
    .tuple(n, n, n, n)
    .map(([b, c, h, w]) => ({ apply: (x) => upsampleNearest(x as Value, 2), inputs: [[b, c, h, w]] })),
  SumPool: fc
    .tuple(n, n, even, even)
    .map(([b, c, h, w]) => ({ apply: (x) => sumPool(x as Value, 2), inputs: [[b, c, h, w]] })),
  DequantizeLinear: fc.tuple(n, n, n).map(([a, b, c]) => ({
    apply: (scale) => mul(dequantize(bytes([a, b, c]), scale as Value), 1 / 127),
    inputs: [[a]],
  })),
  LayerNormalization: fc.tuple(n, n, fc.integer({ min: 3, max: 8 })).map(([a, b, d]) => ({
    apply: (x, s, c) => layerNorm(x as Value, s as Value, c as Value, 1e-3),
    inputs: [[a, b, d], [d], [d]],
  })),
  GroupNormalization: fc.tuple(n, n, n, fc.integer({ min: 2, max: 4 })).map(([b, g, m, h]) => ({
    apply: (x, s, c) => groupNorm(x as Value, s as Value, c as Value, g, 1e-3),
    inputs: [[b, g * m, h, 2], [g * m], [g * m]],
  })),
  Softmax: fc.tuple(n, n).map(([a, b]) => ({ apply: (x) => softmax(x as Value), inputs: [[a, b]] })),
  Attention: fc.tuple(n, n, n, n, n, fc.boolean()).map(([b, l, s, heads, e, causal]) => ({
    apply: (q, k, v) => attention(q as Value, k as Value, v as Value, { heads, causal }),
    inputs: [
      [b, causal ? s : l, heads * e],
      [b, s, heads * e],
      [b, s, heads * e],
    ],
  })),
};

/** The inputs of a case, drawn from its domain. */
export function drawInputs({ inputs, domain = 'any' }: Case, seed: number): Float32Array[] {
  return inputs.map((of, i) => draw(domain, seed, i, of));
}

function draw(domain: NonNullable<Case['domain']>, seed: number, index: number, of: Shape): Float32Array {
  const values = normal({ seed, stream: 'x', step: 0, index }, size(of));
  if (domain === 'positive') return values.map((v) => Math.abs(v) + 0.7);
  if (domain === 'apart') return values.map((v) => v + Math.sign(v) * 0.2);
  if (domain === 'distinct') {
    const order = [...values.keys()].sort((a, b) => (values[a] as number) - (values[b] as number));
    for (const [rank, at] of order.entries()) values[at] = (rank - order.length / 2) / 4;
  }
  return values;
}
