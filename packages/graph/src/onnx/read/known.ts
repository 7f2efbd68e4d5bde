import { constant } from '../../ops/leaf.js';
import { type DType, type Shape, size, type Value } from '../../value.js';

/**
 * A tensor whose numbers are known while the model is read: shapes, indices, masks, scalars. Computing with these on the
 * host is what makes a graph static whose shapes were computed in it. Integers beyond ±2⁵³ are only bounds, and saturate.
 */
export interface Known {
  readonly dtype: DType;
  readonly shape: Shape;
  readonly data: Float64Array;
}

export function known(dtype: DType, shape: Shape, data: Float64Array): Known {
  return { dtype, shape, data: rounded(dtype, data) };
}

export function knownInts(numbers: readonly number[]): Known {
  return { dtype: 'int64', shape: [numbers.length], data: Float64Array.from(numbers) };
}

/** The numbers as their type holds them. */
function rounded(dtype: DType, data: Float64Array): Float64Array {
  return data.map(rounding[dtype]);
}

const rounding: Record<DType, (x: number) => number> = {
  float32: Math.fround,
  float16: Math.fround,
  bfloat16: Math.fround,
  int64: Math.trunc,
  int32: (x) => x | 0,
  int8: (x) => (x << 24) >> 24,
  bool: (x) => (x ? 1 : 0),
};

export function toConstant({ dtype, shape, data }: Known): Value {
  if (dtype === 'int64')
    return constant(
      BigInt64Array.from(data, (x) => BigInt.asIntN(64, saturated(x))),
      shape,
      'int64',
    );
  if (dtype === 'int32') return constant(Int32Array.from(data), shape, 'int32');
  if (dtype === 'bool') return constant(Uint8Array.from(data), shape, 'bool');
  return constant(Float32Array.from(data), shape);
}

function saturated(x: number): bigint {
  if (x >= 2 ** 63) return 2n ** 63n - 1n;
  return x < -(2 ** 63) ? -(2n ** 63n) : BigInt(x);
}

/** Row-major strides. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let i = shape.length - 2; i >= 0; i--) strides[i] = (strides[i + 1] as number) * (shape[i + 1] as number);
  return strides;
}

/** More numbers than are computed with while reading: the graph does it. */
export class TooManyError extends Error {
  override name = 'TooManyError';
}

const most = 2 ** 18;

/** A tensor picked from another: element (i₀, i₁, …) of the result is element `at(i)` of x, or `otherwise` where that is −1. */
export function pick(x: Known, shape: Shape, at: (index: readonly number[]) => number, otherwise = 0): Known {
  if (size(shape) > most) throw new TooManyError(`(${shape.join(', ')})`);
  const data = new Float64Array(size(shape));
  const index = new Array<number>(shape.length).fill(0);
  for (let flat = 0; flat < data.length; flat++) {
    const from = at(index);
    data[flat] = from < 0 ? otherwise : (x.data[from] as number);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis] = (index[axis] as number) + 1;
      if ((index[axis] as number) < (shape[axis] as number)) break;
      index[axis] = 0;
    }
  }
  return { dtype: x.dtype, shape, data };
}

/** x repeated to `shape`, as NumPy broadcasts. */
export function broadcastTo(x: Known, shape: Shape): Known {
  const lead = shape.length - x.shape.length;
  const strides = stridesOf(x.shape);
  return pick(x, shape, (index) =>
    x.shape.reduce((at, n, i) => at + (n === 1 ? 0 : (index[i + lead] as number) * (strides[i] as number)), 0),
  );
}
