/**
 * The two 16-bit float formats, as bits in a `Uint16Array`, to and from float32. Narrowing rounds to nearest, ties to
 * even (IEEE 754-2019, 4.3.1), so it agrees bit for bit with PyTorch and NumPy on every finite value and infinity.
 */

/** binary16 bits of each value. Above 65504 + half a step becomes ±Inf; a NaN becomes the quiet NaN of its sign. */
export function float32ToFloat16(values: Float32Array): Uint16Array {
  const source = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const bits = new Uint16Array(values.length);
  for (let i = 0; i < bits.length; i++) bits[i] = float16Bits(source[i] as number);
  return bits;
}

/** The exact float32 of each binary16. */
export function float16ToFloat32(bits: Uint16Array): Float32Array {
  float16Table ??= buildFloat16Table();
  const values = new Float32Array(bits.length);
  const target = new Uint32Array(values.buffer);
  for (let i = 0; i < target.length; i++) target[i] = float16Table[bits[i] as number] as number;
  return values;
}

/** bfloat16 bits of each value. A NaN keeps its upper payload and is made quiet. */
export function float32ToBfloat16(values: Float32Array): Uint16Array {
  const source = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const bits = new Uint16Array(values.length);
  for (let i = 0; i < bits.length; i++) {
    const x = source[i] as number;
    const notANumber = (x & 0x7fffffff) > 0x7f800000;
    bits[i] = notANumber ? (x >>> 16) | 0x40 : (x + 0x7fff + ((x >>> 16) & 1)) >>> 16;
  }
  return bits;
}

/** The exact float32 of each bfloat16. */
export function bfloat16ToFloat32(bits: Uint16Array): Float32Array {
  const values = new Float32Array(bits.length);
  const target = new Uint32Array(values.buffer);
  for (let i = 0; i < target.length; i++) target[i] = (bits[i] as number) << 16;
  return values;
}

/** From the bits of a float32 to the bits of a float16. */
function float16Bits(x: number): number {
  const sign = (x >>> 16) & 0x8000;
  const magnitude = x & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude >= 0x477ff000) return sign | 0x7c00; // 65520, half a step past the largest, ties to the even ∞
  if (magnitude >= 0x38800000) {
    // 2^-14 and above are normal: round away 13 bits, and move the exponent from bias 127 to bias 15
    return sign | ((magnitude + 0xfff + ((magnitude >>> 13) & 1) - 0x38000000) >>> 13);
  }
  if (magnitude <= 0x33000000) return sign; // 2^-25, half the smallest subnormal, ties to the even 0
  const shift = 126 - (magnitude >>> 23); // 14 to 24: the units of a subnormal are 2^-24
  const mantissa = (magnitude & 0x7fffff) | 0x800000;
  const kept = mantissa >>> shift;
  const lost = mantissa & ((1 << shift) - 1);
  const half = 1 << (shift - 1);
  return sign | (lost > half || (lost === half && (kept & 1) === 1) ? kept + 1 : kept);
}

/** All 65,536 values: 256 KiB, built once; a look-up is several times faster than unpacking each value. */
let float16Table: Uint32Array | undefined;

function buildFloat16Table(): Uint32Array {
  const table = new Uint32Array(0x10000);
  const values = new Float32Array(table.buffer);
  for (let bits = 0; bits < table.length; bits++) {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >>> 10) & 31;
    const fraction = bits & 0x3ff;
    if (exponent === 31) table[bits] = ((bits & 0x8000) << 16) | 0x7f800000 | (fraction << 13);
    else if (exponent === 0) values[bits] = sign * fraction * 2 ** -24;
    else values[bits] = sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  }
  return table;
}
