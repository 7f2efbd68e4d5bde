import { input, type Shape } from '@bradley/graph';
import { describe, expect, it } from 'vitest';
import { conv2d, embedding, groupNorm, layerNorm, linear } from './layers.js';
import { type Initial, type Params, paramsOf, trainableStore } from './params.js';

/** Shape and initial distribution of every tensor that a layer asks for. */
function asked(layer: (p: Params) => unknown): Record<string, [Shape, Initial]> {
  const store = trainableStore();
  layer(paramsOf(store, 'layer'));
  return Object.fromEntries(store.trainables.map(({ name, shape, initial }) => [name, [shape, initial]]));
}

describe('a layer trained from scratch starts as in PyTorch', () => {
  it('linear: weight and bias from U(±1/√in)', () => {
    const uniform = { kind: 'uniform', bound: 0.25 };
    expect(asked((p) => linear(p, input('x', [2, 16]), 3))).toEqual({
      'layer.weight': [[3, 16], uniform],
      'layer.bias': [[3], uniform],
    });
    expect(asked((p) => linear(p, input('x', [2, 16]), 3, { bias: false }))).toEqual({
      'layer.weight': [[3, 16], uniform],
    });
  });

  it('convolution: weight and bias from U(±1/√(in · kernel²))', () => {
    const uniform = { kind: 'uniform', bound: 1 / 6 };
    expect(asked((p) => conv2d(p, input('x', [1, 4, 5, 5]), 8, { kernel: 3, padding: 1 }))).toEqual({
      'layer.weight': [[8, 4, 3, 3], uniform],
      'layer.bias': [[8], uniform],
    });
  });

  it('norms: ones and zeros', () => {
    const affine = { 'layer.weight': [[4], { kind: 'ones' }], 'layer.bias': [[4], { kind: 'zeros' }] };
    expect(asked((p) => groupNorm(p, input('x', [1, 4, 3, 3]), 2, 1e-5))).toEqual(affine);
    expect(asked((p) => layerNorm(p, input('x', [2, 4])))).toEqual(affine);
  });

  it('embedding: a normal distribution of the given deviation', () => {
    expect(asked((p) => embedding(p, input('ids', [2], 'int64'), 10, 4, 0.02))).toEqual({
      'layer.weight': [[10, 4], { kind: 'normal', deviation: 0.02 }],
    });
  });
});

it('gives a linear layer over any number of axes the shape of its input, with the last axis replaced', () => {
  const p = paramsOf(trainableStore());
  expect(linear(p.at('a'), input('x', [2, 5, 16]), 3).shape).toEqual([2, 5, 3]);
});
