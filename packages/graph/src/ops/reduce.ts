import { make, type Shape, ShapeError, type Value } from '../value.js';
import { reshape } from './shape.js';

type Reduction = { inputs: [Value]; attributes: { axes: readonly number[]; keepdims: boolean } };

export interface ReduceOps {
  ReduceSum: Reduction;
  ReduceMean: Reduction;
  ReduceMax: Reduction;
}

interface ReduceOptions {
  /** Keep reduced axes with length 1. Default false. */
  keepdims?: boolean;
}

const reduction =
  (op: keyof ReduceOps) =>
  (x: Value, axes?: readonly number[], { keepdims = false }: ReduceOptions = {}): Value => {
    const over = normalAxes(op, axes ?? x.shape.map((_, i) => i), x.shape);
    if (over.length === 0) return x;
    const kept = x.shape.map((n, i) => (over.includes(i) ? 1 : n));
    const shape = keepdims ? kept : x.shape.filter((_, i) => !over.includes(i));
    return make(op, [x], { axes: over, keepdims }, { dtype: x.dtype, shape });
  };

/** Sum over the given axes (default: all). */
export const sum = reduction('ReduceSum');
/** Mean over the given axes (default: all). */
export const mean = reduction('ReduceMean');
/** Maximum over the given axes (default: all). */
export const max = reduction('ReduceMax');

/** The shape of x with the reduced axes kept as 1: what a reduced tensor must become to broadcast against x again. */
export function keptShape(shape: Shape, axes: readonly number[]): Shape {
  return shape.map((n, i) => (axes.includes(i) ? 1 : n));
}

export function normalAxes(op: string, axes: readonly number[], shape: Shape): readonly number[] {
  const normal = axes.map((axis) => (axis < 0 ? axis + shape.length : axis)).sort((a, b) => a - b);
  if (normal.some((axis, i) => axis < 0 || axis >= shape.length || axis === normal[i - 1]))
    throw new ShapeError(`${op}: axes [${axes.join(', ')}] do not fit shape (${shape.join(', ')})`);
  return normal;
}

/** Sums x down to `shape`, from which it was broadcast. */
export function sumTo(x: Value, shape: Shape): Value {
  const lead = x.shape.length - shape.length;
  const axes = x.shape.map((_, i) => i).filter((i) => i < lead || (shape[i - lead] === 1 && x.shape[i] !== 1));
  return axes.length === 0 ? reshape(x, shape) : reshape(sum(x, axes), shape);
}
