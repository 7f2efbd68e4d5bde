import { dim, make, ShapeError, sameShape, type Value } from '../value.js';
import type { None } from './table.js';

export interface QuantisedOps {
  /** Numbers of 8 bits times the scale of their row: inputs q (O, …) int8, scale (O) → (O, …). */
  DequantizeLinear: { inputs: [Value, Value]; attributes: None };
}

/** q (O, …) int8 times scale (O) float32 along axis 0 → (O, …) float32: frozen weights kept in 8 bits. */
export function dequantize(q: Value, scale: Value): Value {
  if (q.dtype !== 'int8' || scale.dtype !== 'float32')
    throw new TypeError(`DequantizeLinear: takes int8 and a float32 scale, not ${q.dtype} and ${scale.dtype}`);
  if (!sameShape(scale.shape, [dim(q, 0)]))
    throw new ShapeError(
      `DequantizeLinear: a scale of (${scale.shape.join(', ')}) is not one for each row of (${q.shape.join(', ')})`,
    );
  return make('DequantizeLinear', [q, scale], {}, { dtype: 'float32', shape: q.shape });
}
