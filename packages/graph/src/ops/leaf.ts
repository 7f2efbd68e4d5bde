import { type DType, make, type Shape, size, type Value } from '../value.js';

export interface LeafOps {
  /** Fed at every run. Trainable tensors are inputs too. */
  Input: { inputs: []; attributes: { name: string } };
  /** Small data that stands in the graph itself. */
  Constant: { inputs: []; attributes: { data: TensorData } };
  /** A frozen tensor that stays in the file it lies in, mapped by the runtime. */
  Weight: { inputs: []; attributes: { name: string; source: WeightSource } };
}

export type TensorData = Float32Array | BigInt64Array | Int32Array | Int8Array | Uint8Array;

/** Where a frozen tensor's bytes lie: absolute path, byte offset and length inside the file. */
export interface WeightSource {
  readonly file: string;
  readonly offset: number;
  readonly length: number;
}

/** A tensor given at run time under this name. */
export function input(name: string, shape: Shape, dtype: DType = 'float32'): Value {
  return make('Input', [], { name }, { dtype, shape });
}

/** A frozen tensor read where it lies. 16-bit storage keeps its dtype: cast it where it is used; so do 8 bits: dequantise them. */
export function weight(name: string, shape: Shape, dtype: DType, source: WeightSource): Value {
  return make('Weight', [], { name, source }, { dtype, shape });
}

/** A constant tensor: a number for a scalar, an array of numbers with a shape, or typed data. */
export function constant(
  data: number | readonly number[] | TensorData,
  shape?: Shape,
  dtype: DType = 'float32',
): Value {
  const typed =
    typeof data === 'number' ? typedData([data], dtype) : Array.isArray(data) ? typedData(data, dtype) : data;
  const of = shape ?? (typeof data === 'number' ? [] : [typed.length]);
  if (size(of) !== typed.length)
    throw new RangeError(`constant: ${typed.length} numbers do not fill (${of.join(', ')})`);
  return make('Constant', [], { data: typed as TensorData }, { dtype, shape: of });
}

function typedData(numbers: readonly number[], dtype: DType): TensorData {
  if (dtype === 'int64') return BigInt64Array.from(numbers, BigInt);
  if (dtype === 'int32') return Int32Array.from(numbers);
  if (dtype === 'int8') return Int8Array.from(numbers);
  if (dtype === 'bool') return Uint8Array.from(numbers, (n) => (n ? 1 : 0));
  if (dtype === 'float32') return Float32Array.from(numbers);
  throw new RangeError(`constant: ${dtype} constants are not supported; use float32 and cast`);
}

/** A number or a value: numbers become scalars of the other operand's type. */
export type Operand = Value | number;

export function operand(x: Operand, dtype: DType): Value {
  return typeof x === 'number' ? constant(x, [], dtype) : x;
}

/** The number that a value is, if it is a scalar constant. */
export function scalarOf(value: Value): number | null {
  if (value.node.op !== 'Constant' || value.shape.length !== 0) return null;
  return Number((value.node.attributes as LeafOps['Constant']['attributes']).data[0]);
}
