import { dim, makeNode, ShapeError, type Value } from '../value.js';

export interface PoolGeometry {
  readonly kernel: readonly [number, number];
  readonly strides: readonly [number, number];
  /** [top, left, bottom, right] */
  readonly pads: readonly [number, number, number, number];
  readonly dilations: readonly [number, number];
  /** Count a last window that only partly lies inside. */
  readonly ceil: boolean;
}

export interface PoolOps {
  /** The largest of each window: x (B, C, H, W) → y (B, C, H', W'), and where it lies in x taken as one row (int64), for the backward. */
  MaxPool: { inputs: [Value]; attributes: PoolGeometry; outputs: 'many' };
}

export function maxPool(x: Value, geometry: PoolGeometry): Value {
  const shape = [dim(x, 0), dim(x, 1), ...pooledSize(x, geometry)];
  return makeNode('MaxPool', [x], geometry, [
    { dtype: x.dtype, shape },
    { dtype: 'int64', shape },
  ])[0] as Value;
}

/** Height and width after pooling. */
export function pooledSize(
  x: Value,
  { kernel, strides, pads, dilations, ceil }: PoolGeometry,
): readonly [number, number] {
  const along = (axis: 0 | 1): number => {
    const inside = dim(x, axis + 2);
    const free = inside + pads[axis] + pads[(axis + 2) as 2 | 3] - dilations[axis] * (kernel[axis] - 1) - 1;
    const n = (ceil ? Math.ceil(free / strides[axis]) : Math.floor(free / strides[axis])) + 1;
    // A window that begins behind the last element is none.
    return ceil && (n - 1) * strides[axis] >= inside + pads[axis] ? n - 1 : n;
  };
  const size = [along(0), along(1)] as const;
  if (x.shape.length !== 4 || size.some((n) => n < 1))
    throw new ShapeError(`MaxPool: a window of ${kernel.join('×')} does not fit (${x.shape.join(', ')})`);
  return size;
}
