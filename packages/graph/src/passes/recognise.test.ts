import { describe, expect, it } from 'vitest';
import { graph, nodesOf } from '../graph.js';
import { add, div, erf, mul, sigmoid, sqrt, square, sub } from '../ops/elementwise.js';
import { constant, input } from '../ops/leaf.js';
import { matmul } from '../ops/matmul.js';
import { groupNorm, softmax } from '../ops/norm.js';
import { mean } from '../ops/reduce.js';
import { reshape, swapLast, transpose } from '../ops/shape.js';
import type { Value } from '../value.js';
import { fold } from './fold.js';
import { recognise } from './recognise.js';

const x = input('x', [2, 4, 6]);
const ops = (y: Value): string[] =>
  nodesOf(fold(recognise(graph({ y }))))
    .map(({ op }) => op)
    .filter((op) => op !== 'Input' && op !== 'Constant');
const kept = { keepdims: true };

describe('what exporters take apart is put together', () => {
  it('attention, with its scale on either side, and the heads split off and joined again', () => {
    const heads = (value: Value): Value => transpose(reshape(value, [2, 4, 3, 2]), [0, 2, 1, 3]);
    const [q, k] = [mul(heads(x), 0.5), mul(heads(input('k', [2, 4, 6])), 0.5)];
    const p = softmax(matmul(q, swapLast(k)));
    const y = reshape(transpose(matmul(p, heads(input('v', [2, 4, 6]))), [0, 2, 1, 3]), [2, 4, 6]);
    expect(ops(y)).toEqual(['Attention']);
    const found = nodesOf(recognise(graph({ y }))).find(({ op }) => op === 'Attention');
    expect(found?.attributes).toEqual({ heads: 3, scale: 0.25, causal: false });
  });

  it('attention of one head in batches', () => {
    expect(ops(matmul(softmax(div(matmul(x, swapLast(x)), constant([2], [1]))), x))).toEqual(['Attention']);
  });

  it('layer norm', () => {
    const centred = sub(x, mean(x, [-1], kept));
    const normal = div(centred, sqrt(add(mean(square(centred), [-1], kept), 1e-5)));
    expect(ops(add(mul(normal, input('scale', [6])), input('bias', [6])))).toEqual(['LayerNormalization']);
  });

  it('group norm, whose scale and bias follow', () => {
    const image = input('image', [2, 4, 3, 3]);
    const [ones, zeros] = [constant([1, 1]), constant([0, 0])];
    const normal = reshape(groupNorm(reshape(image, [2, 2, 18]), ones, zeros, 2, 1e-5), [2, 4, 3, 3]);
    const y = add(mul(normal, input('scale', [4, 1, 1])), input('bias', [1, 4, 1, 1]));
    expect(ops(y).filter((op) => op !== 'Reshape')).toEqual(['GroupNormalization']);
  });

  it('SiLU and GELU, their factors in any order', () => {
    expect(ops(mul(sigmoid(x), x))).toEqual(['Silu']);
    const twice = add(erf(div(x, Math.SQRT2)), 1);
    expect(ops(mul(mul(x, twice), 0.5))).toEqual(['Gelu']);
    expect(ops(mul(x, mul(0.5, twice)))).toEqual(['Gelu']);
    expect(ops(mul(mul(0.5, add(x, 1)), add(1, erf(mul(add(x, 1), Math.SQRT1_2)))))).toContain('Erf'); // two different x + 1
  });
});

describe('what only looks alike stays', () => {
  it.each<[string, Value]>([
    ['a softmax of masked scores', matmul(softmax(add(matmul(x, swapLast(x)), input('mask', [4, 4]))), x)],
    ['a product with another gate', mul(sigmoid(x), input('z', [2, 4, 6]))],
    ['an error function of another scale', mul(mul(x, add(erf(div(x, 1.5)), 1)), 0.5)],
    [
      'a deviation along another axis',
      add(
        mul(
          div(sub(x, mean(x, [1], kept)), sqrt(add(mean(square(sub(x, mean(x, [1], kept))), [1], kept), 1e-5))),
          input('s', [6]),
        ),
        input('b', [6]),
      ),
    ],
  ])('%s', (_what, y) => {
    expect(ops(y).filter((op) => ['Attention', 'LayerNormalization', 'Silu', 'Gelu'].includes(op))).toEqual([]);
  });
});
