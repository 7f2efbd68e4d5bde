import { describe, expect, it } from 'vitest';
import { ShapeError, type Value } from '../value.js';
import { attention } from './attention.js';
import { conv, convTranspose, sumPool } from './conv.js';
import { add, mul, where } from './elementwise.js';
import { gather, scatterAdd } from './gather.js';
import { constant, input } from './leaf.js';
import { gemm, matmul } from './matmul.js';
import { groupNorm, layerNorm } from './norm.js';
import { dequantize } from './quantised.js';
import { max, sum } from './reduce.js';
import { chunk, concat, expand, pad, reshape, slice, split, transpose, unsqueeze } from './shape.js';

const of = (...shape: number[]): Value => input('x', shape);
const plain = { strides: [1, 1], pads: [0, 0, 0, 0] } as const;

describe('an op that cannot take its shapes names itself and them', () => {
  it.each<[string, () => unknown]>([
    ['Add: shapes (2, 3) and (2, 4) do not broadcast at axis 1', () => add(of(2, 3), of(2, 4))],
    ['Where: shapes (2) and (3) do not broadcast at axis 0', () => where(input('m', [2], 'bool'), of(3), 0)],
    ['MatMul: (2, 3) × (4, 5): inner lengths differ', () => matmul(of(2, 3), of(4, 5))],
    ['MatMul: shapes (2) and (3) do not broadcast at axis 0', () => matmul(of(2, 4, 4), of(3, 4, 4))],
    ['Gemm: (2, 3) × (5, 4)ᵀ + () does not fit', () => gemm(of(2, 3), of(5, 4), { transB: true })],
    ['Gemm: (2, 3)ᵀ × (2, 4) + (3) does not fit', () => gemm(of(2, 3), of(2, 4), { transA: true, bias: of(3) })],
    [
      'Conv: x (1, 3, 8, 8), w (4, 5, 3, 3), bias () do not fit',
      () => conv(of(1, 3, 8, 8), of(4, 5, 3, 3), null, plain),
    ],
    [
      'Conv: x (1, 3, 8, 8), w (4, 3, 3, 3), bias (3) do not fit',
      () => conv(of(1, 3, 8, 8), of(4, 3, 3, 3), of(3), plain),
    ],
    ['Conv: kernel 3×3 is larger than (1, 3, 2, 8)', () => conv(of(1, 3, 2, 8), of(4, 3, 3, 3), null, plain)],
    [
      'ConvTranspose: g (1, 4, 2, 2), w (4, 3, 3, 3) do not give 8×8',
      () => convTranspose(of(1, 4, 2, 2), of(4, 3, 3, 3), plain, 8, 8),
    ],
    [
      'DequantizeLinear: a scale of (3) is not one for each row of (2, 3)',
      () => dequantize(input('q', [2, 3], 'int8'), of(3)),
    ],
    ['SumPool: 2 does not divide (1, 1, 4, 3)', () => sumPool(of(1, 1, 4, 3), 2)],
    [
      'Attention: q (1, 4, 6), k (1, 5, 8), v (1, 5, 6) with 2 heads do not fit',
      () => attention(of(1, 4, 6), of(1, 5, 8), of(1, 5, 6), { heads: 2 }),
    ],
    ['LayerNormalization: scale (3) and bias (4) do not fit (2, 4)', () => layerNorm(of(2, 4), of(3), of(4), 1e-5)],
    [
      'GroupNormalization: 3 groups, scale (4) and bias (4) do not fit (1, 4, 2, 2)',
      () => groupNorm(of(1, 4, 2, 2), of(4), of(4), 3, 1e-5),
    ],
    ['Reshape: (2, 3) does not fit (4, 2)', () => reshape(of(2, 3), [4, 2])],
    ['Reshape: (2, 3) does not fit (4, -1)', () => reshape(of(2, 3), [4, -1])],
    ['Unsqueeze: axes [3] do not fit shape (1, 1, 1)', () => unsqueeze(of(2, 3), [3])],
    ['Transpose: [0, 0] is no permutation of the axes of (2, 3)', () => transpose(of(2, 3), [0, 0])],
    ['Expand: (2, 3) does not broadcast to (4, 3)', () => expand(of(2, 3), [4, 3])],
    ['Expand: (2, 3) does not broadcast to (3)', () => expand(of(2, 3), [3])],
    ['Concat: float32 (2, 3) does not fit float32 (2, 2) along axis 0', () => concat([of(2, 2), of(2, 3)], 0)],
    [
      'Concat: int64 (2, 2) does not fit float32 (2, 2) along axis 1',
      () => concat([of(2, 2), input('i', [2, 2], 'int64')], -1),
    ],
    ['Concat: needs at least one input', () => concat([], 0)],
    ['Split: pieces of 1 + 1 do not fill axis 1 of (2, 3)', () => split(of(2, 3), [1, 1], 1)],
    ['Split: axis 1 of (2, 3) does not divide by 2', () => chunk(of(2, 3), 2, 1)],
    ['Slice: 1:4 lies outside axis 1 of (2, 3)', () => slice(of(2, 3), [1], [1], [4])],
    ['Pad: [1] and [0,0] do not fit (2, 3)', () => pad(of(2, 3), [1], [0, 0])],
    ['ReduceSum: axes [2] do not fit shape (2, 3)', () => sum(of(2, 3), [2])],
    ['ReduceMax: axes [1, -1] do not fit shape (2, 3)', () => max(of(2, 3), [1, -1])],
    [
      'ScatterAdd: updates (2, 3) at (3) do not fit a table (5, 3)',
      () => scatterAdd(of(5, 3), constant([0, 1, 2], [3], 'int64'), of(2, 3)),
    ],
  ])('%s', (message, make) => {
    expect(make).toThrow(new ShapeError(message));
  });
});

describe('an op that cannot take its element types names itself and them', () => {
  it.each<[string, () => unknown]>([
    ['Mul: cannot combine float32 with int64; cast one of them', () => mul(of(2), input('i', [2], 'int64'))],
    ['Gather: indices are float32, need int64 or int32', () => gather(of(5, 3), of(2))],
    ['Where: the mask is float32, need bool', () => where(of(2), of(2), 0)],
    [
      'Where: cannot combine float32 with int64; cast one of them',
      () => where(input('m', [2], 'bool'), of(2), input('i', [2], 'int64')),
    ],
    [
      'MatMul: cannot combine float32 with float16; cast one of them',
      () => matmul(of(2, 2), input('h', [2, 2], 'float16')),
    ],
    [
      'Gemm: cannot combine float32 with float16; cast one of them',
      () => gemm(of(2, 2), input('h', [2, 2], 'float16')),
    ],
    [
      'Conv: cannot combine float32 with float16; cast one of them',
      () => conv(of(1, 1, 3, 3), input('h', [1, 1, 3, 3], 'float16'), null, plain),
    ],
  ])('%s', (message, make) => {
    expect(make).toThrow(new TypeError(message));
  });
});

describe('a constant', () => {
  it('refuses numbers that do not fill its shape', () => {
    expect(() => constant([1, 2, 3], [2, 2])).toThrow('constant: 3 numbers do not fill (2, 2)');
  });

  it('refuses 16-bit element types', () => {
    expect(() => constant(1, [], 'float16')).toThrow(
      'constant: float16 constants are not supported; use float32 and cast',
    );
  });
});
