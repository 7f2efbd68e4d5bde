import type { WeightSource } from '../../ops/leaf.js';
import type { DType, Shape } from '../../value.js';
import { TensorProto_DataLocation as DataLocation, type TensorProto } from '../onnx_pb.js';
import { type Known, known } from './known.js';
import { OnnxError } from './onnx-error.js';

/** Where the bytes of an external tensor are. What reads files gives it, and keeps them inside the model's folder. */
export interface ExternalData {
  /** @throws when the location leaves the folder, or the file is missing or shorter than that. */
  source(location: string, offset: number, length: number): WeightSource;
  read(source: WeightSource): Uint8Array;
}

/** A tensor of the model file: an initialiser, or what a Constant holds. */
export interface StoredTensor {
  readonly name: string;
  readonly shape: Shape;
  readonly type: StorageType;
  /** Where it lies in a file, if it does. */
  readonly source: WeightSource | null;
  /** Its bytes, little-endian. */
  bytes(): Uint8Array;
}

/** How ONNX stores an element, and what we compute with: 16-bit and 64-bit floats become float32. */
export interface StorageType {
  readonly name: string;
  readonly bytes: number;
  readonly dtype: DType;
  readonly read: (view: DataView, offset: number) => number;
}

const big = (read: (view: DataView, offset: number) => bigint) => (view: DataView, offset: number) =>
  Number(read(view, offset));

/** TensorProto.DataType */
export const storageTypes: Readonly<Record<number, StorageType>> = {
  1: { name: 'float32', bytes: 4, dtype: 'float32', read: (v, o) => v.getFloat32(o, true) },
  2: { name: 'uint8', bytes: 1, dtype: 'int32', read: (v, o) => v.getUint8(o) },
  3: { name: 'int8', bytes: 1, dtype: 'int32', read: (v, o) => v.getInt8(o) },
  4: { name: 'uint16', bytes: 2, dtype: 'int32', read: (v, o) => v.getUint16(o, true) },
  5: { name: 'int16', bytes: 2, dtype: 'int32', read: (v, o) => v.getInt16(o, true) },
  6: { name: 'int32', bytes: 4, dtype: 'int32', read: (v, o) => v.getInt32(o, true) },
  7: { name: 'int64', bytes: 8, dtype: 'int64', read: big((v, o) => v.getBigInt64(o, true)) },
  9: { name: 'bool', bytes: 1, dtype: 'bool', read: (v, o) => v.getUint8(o) },
  10: { name: 'float16', bytes: 2, dtype: 'float32', read: (v, o) => halfToNumber(v.getUint16(o, true)) },
  11: { name: 'float64', bytes: 8, dtype: 'float32', read: (v, o) => v.getFloat64(o, true) },
  16: { name: 'bfloat16', bytes: 2, dtype: 'float32', read: (v, o) => brainToNumber(v.getUint16(o, true)) },
};

export function storageType(code: number, what: string): StorageType {
  const type = storageTypes[code];
  const readable = Object.values(storageTypes).map(({ name }) => name);
  if (!type)
    throw new OnnxError(`${what} has element type ${code}, which is not read. Readable: ${readable.join(', ')}`);
  return type;
}

function halfToNumber(bits: number): number {
  const [sign, exponent, fraction] = [bits & 0x8000 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return exponent ? sign * 2 ** (exponent - 15) * (1 + fraction / 1024) : sign * 2 ** -24 * fraction;
}

function brainToNumber(bits: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, bits << 16);
  return view.getFloat32(0);
}

/** A shape of the file, whose lengths must be whole, not negative and small enough to address. */
export function checkedShape(dims: readonly bigint[], what: string): Shape {
  const shape = dims.map(Number);
  const count = shape.reduce((product, n) => product * n, 1);
  if (shape.some((n) => !Number.isSafeInteger(n) || n < 0) || count > 2 ** 40)
    throw new OnnxError(`${what} has the shape (${shape.join(', ')}), which no tensor can have`);
  return shape;
}

/** `file` is where the model's own bytes lie, so that tensors inside it can be read in place. */
export function storedTensor(
  proto: TensorProto,
  name: string,
  { model, file, external }: { model: Uint8Array; file: string | null; external: ExternalData },
): StoredTensor {
  const what = `tensor '${name}'`;
  const [type, shape] = [storageType(proto.dataType, what), checkedShape(proto.dims, what)];
  const length = shape.reduce((product, n) => product * n, 1) * type.bytes;
  const base = { name, shape, type };
  if (proto.dataLocation === DataLocation.EXTERNAL) {
    const entry = new Map(proto.externalData.map(({ key, value }) => [key, value]));
    const [location, offset, stated] = [entry.get('location'), entry.get('offset') ?? '0', entry.get('length')];
    if (!location || !/^\d{1,15}$/.test(offset) || (stated !== undefined && stated !== String(length)))
      throw new OnnxError(
        `${what} of ${type.name} (${shape.join(', ')}) is external data of ${length} bytes, ` +
          `but the model states location '${location ?? ''}', offset ${offset}, length ${stated ?? 'none'}`,
      );
    const source = external.source(location, Number(offset), length);
    return { ...base, source, bytes: () => external.read(source) };
  }
  const raw = proto.rawData.length > 0 || length === 0 ? proto.rawData : typedBytes(proto, type, length);
  if (raw.length !== length)
    throw new OnnxError(
      `${what} of ${type.name} (${shape.join(', ')}) needs ${length} bytes, but has ${raw.length}. The file is damaged.`,
    );
  const inFile = file !== null && raw.buffer === model.buffer;
  const source = inFile ? { file, offset: raw.byteOffset - model.byteOffset, length } : null;
  return { ...base, source, bytes: () => raw };
}

/** The bytes of a tensor whose numbers are listed in a field of their type instead. */
function typedBytes({ floatData, int32Data, int64Data, doubleData }: TensorProto, type: StorageType, length: number) {
  const lists: Readonly<Record<string, () => ArrayBufferView>> = {
    float32: () => Float32Array.from(floatData),
    float64: () => Float64Array.from(doubleData),
    int64: () => BigInt64Array.from(int64Data),
    int32: () => Int32Array.from(int32Data),
    uint8: () => Uint8Array.from(int32Data),
    int8: () => Int8Array.from(int32Data),
    bool: () => Uint8Array.from(int32Data),
    uint16: () => Uint16Array.from(int32Data),
    int16: () => Int16Array.from(int32Data),
    float16: () => Uint16Array.from(int32Data),
    bfloat16: () => Uint16Array.from(int32Data),
  };
  const list = lists[type.name]?.() ?? new Uint8Array(length);
  return new Uint8Array(list.buffer, list.byteOffset, list.byteLength);
}

/** The numbers of a stored tensor. */
export function numbersOf({ shape, type, bytes }: StoredTensor): Known {
  const raw = bytes();
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  return known(
    type.dtype,
    shape,
    Float64Array.from({ length: raw.byteLength / type.bytes }, (_, i) => type.read(view, i * type.bytes)),
  );
}
