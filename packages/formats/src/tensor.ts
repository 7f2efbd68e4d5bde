import { bfloat16ToFloat32, float16ToFloat32 } from './half.js';

/**
 * The element types of a host tensor: the array that holds one, and the bytes of an element. A float16 or bfloat16 is
 * its bits; a bool is 0 or 1.
 */
export const tensorTypes = {
  float32: { array: Float32Array, bytes: 4 },
  float16: { array: Uint16Array, bytes: 2 },
  bfloat16: { array: Uint16Array, bytes: 2 },
  float64: { array: Float64Array, bytes: 8 },
  int64: { array: BigInt64Array, bytes: 8 },
  int32: { array: Int32Array, bytes: 4 },
  int8: { array: Int8Array, bytes: 1 },
  uint8: { array: Uint8Array, bytes: 1 },
  bool: { array: Uint8Array, bytes: 1 },
} as const;

export type TensorDtype = keyof typeof tensorTypes;

export type TensorData =
  | Float32Array
  | Uint16Array
  | Float64Array
  | BigInt64Array
  | Int32Array
  | Int8Array
  | Uint8Array;

/** A dense tensor in host memory, row-major (C order). */
export interface Tensor {
  readonly dtype: TensorDtype;
  readonly shape: readonly number[];
  readonly data: TensorData;
}

/** The number of elements of a shape; a scalar, [], has one. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((count, size) => count * size, 1);
}

/** A float32 tensor over `data`, checked against its shape. */
export function float32Tensor(shape: readonly number[], data: Float32Array): Tensor {
  const tensor: Tensor = { dtype: 'float32', shape, data };
  checkTensor(tensor, 'float32Tensor');
  return tensor;
}

/**
 * Throws unless the data is of the dtype's array type and as long as the shape says.
 * @param name what the error calls the tensor
 */
export function checkTensor({ dtype, shape, data }: Tensor, name: string): void {
  const { array } = tensorTypes[dtype];
  if (!shape.every((size) => Number.isSafeInteger(size) && size >= 0)) {
    throw new Error(`${name}: the shape (${shape.join(', ')}) has a size that is not a whole number of 0 or more.`);
  }
  if (!(data instanceof array)) {
    throw new Error(`${name}: a ${dtype} tensor is held in a ${array.name}, but the data is a ${typeName(data)}.`);
  }
  if (data.length !== elementCount(shape)) {
    throw new Error(
      `${name}: the shape (${shape.join(', ')}) has ${elementCount(shape)} elements but the data has ${data.length}.`,
    );
  }
}

/**
 * The values as float32; a tensor that is float32 already returns its own data, not a copy. float64 and integers past
 * 2^24 round to nearest even.
 */
export function toFloat32({ dtype, data }: Tensor): Float32Array {
  if (dtype === 'float16') return float16ToFloat32(data as Uint16Array);
  if (dtype === 'bfloat16') return bfloat16ToFloat32(data as Uint16Array);
  if (data instanceof Float32Array) return data;
  if (data instanceof BigInt64Array) return Float32Array.from(data, Number);
  return Float32Array.from(data);
}

/** The tensor's memory as bytes: a view, not a copy. */
export function tensorBytes({ data }: Tensor): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** A tensor over bytes that start a buffer of their own, and so are aligned for any element. */
export function tensorOver(dtype: TensorDtype, shape: readonly number[], buffer: ArrayBuffer): Tensor {
  return { dtype, shape, data: new tensorTypes[dtype].array(buffer) };
}

function typeName(value: unknown): string {
  return value instanceof Object ? value.constructor.name : typeof value;
}

/** Rows one after another in one buffer. */
export function joinFloat32(rows: readonly Float32Array[]): Float32Array {
  const joined = new Float32Array(rows.reduce((length, row) => length + row.length, 0));
  let at = 0;
  for (const row of rows) {
    joined.set(row, at);
    at += row.length;
  }
  return joined;
}
