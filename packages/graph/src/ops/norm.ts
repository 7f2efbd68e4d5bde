import { commonType, dim, make, makeNode, ShapeError, type Value } from '../value.js';
import type { None } from './table.js';

export interface NormOps {
  /** Over the last axis: x (…, D), scale (D), bias (D) → y, and mean and 1/σ (…, 1) for the backward. */
  LayerNormalization: { inputs: [Value, Value, Value]; attributes: { epsilon: number }; outputs: 'many' };
  /** Over groups of channels: x (B, C, H, W), scale (C), bias (C) → y, and mean and 1/σ (B, G, 1) for the backward. */
  GroupNormalization: {
    inputs: [Value, Value, Value];
    attributes: { groups: number; epsilon: number };
    outputs: 'many';
  };
  /** Over the last axis. */
  Softmax: { inputs: [Value]; attributes: None };
}

export function layerNorm(x: Value, scale: Value, bias: Value, epsilon: number): Value {
  const width = dim(x, -1);
  if (scale.shape[0] !== width || bias.shape[0] !== width)
    throw new ShapeError(
      `LayerNormalization: scale (${scale.shape}) and bias (${bias.shape}) do not fit (${x.shape.join(', ')})`,
    );
  const stat = { dtype: commonType('LayerNormalization', [x, scale, bias]), shape: x.shape.with(-1, 1) };
  return makeNode('LayerNormalization', [x, scale, bias], { epsilon }, [x, stat, stat])[0] as Value;
}

export function groupNorm(x: Value, scale: Value, bias: Value, groups: number, epsilon: number): Value {
  const channels = dim(x, 1);
  if (channels % groups !== 0 || scale.shape[0] !== channels || bias.shape[0] !== channels)
    throw new ShapeError(
      `GroupNormalization: ${groups} groups, scale (${scale.shape}) and bias (${bias.shape}) do not fit (${x.shape.join(', ')})`,
    );
  const stat = { dtype: commonType('GroupNormalization', [x, scale, bias]), shape: [dim(x, 0), groups, 1] };
  return makeNode('GroupNormalization', [x, scale, bias], { groups, epsilon }, [x, stat, stat])[0] as Value;
}

export function softmax(x: Value): Value {
  return make('Softmax', [x], {}, x);
}
