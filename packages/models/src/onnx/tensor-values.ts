import { bfloat16ToFloat32, float16ToFloat32, float32ToBfloat16, float32ToFloat16 } from '@bradley/formats';
import { OnnxError, type StoredTensor } from '@bradley/graph';

/** How floats of each storage type are read and written; little-endian, as this machine is. */
const codecs: Readonly<
  Record<string, { decode: (bytes: ArrayBuffer) => Float32Array; encode: (values: Float32Array) => ArrayBufferView }>
> = {
  float32: { decode: (bytes) => new Float32Array(bytes), encode: (values) => values },
  float64: {
    decode: (bytes) => Float32Array.from(new Float64Array(bytes)),
    encode: (values) => Float64Array.from(values),
  },
  float16: { decode: (bytes) => float16ToFloat32(new Uint16Array(bytes)), encode: float32ToFloat16 },
  bfloat16: { decode: (bytes) => bfloat16ToFloat32(new Uint16Array(bytes)), encode: float32ToBfloat16 },
};

/** The numbers of a stored tensor of floats, as float32. */
export function float32Of(tensor: StoredTensor): Float32Array {
  return codecOf(tensor).decode(tensor.bytes().slice().buffer);
}

/** Numbers as the tensor stores them. */
export function encoded(tensor: StoredTensor, values: Float32Array): Uint8Array {
  const { buffer, byteOffset, byteLength } = codecOf(tensor).encode(values);
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function codecOf({ name, type }: StoredTensor) {
  const codec = codecs[type.name];
  if (!codec) throw new OnnxError(`'${name}' is ${type.name}, which is not trained`);
  return codec;
}
