/**
 * Random numbers as a function of (seed, stream, step, index): the same key gives the same numbers on every machine,
 * whatever was drawn before. Words come from Philox4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as
 * 1, 2, 3"); everything after them is integer arithmetic and + − × ÷ √ in float64, which IEEE 754 fixes to the bit.
 * No Math.log, exp or cos: their last bit differs between engines.
 */

export interface RandomKey {
  /** The seed of the run: an integer from 0 to 2⁵³ − 1. */
  readonly seed: number;
  /** What the numbers are for, such as 'noise' or 'timesteps'. Different streams are independent. */
  readonly stream: string;
  /** The training step: an integer below 2³². */
  readonly step: number;
  /** Which draw of that step, such as the row of the batch: an integer below 2³². */
  readonly index: number;
}

const twoTo32 = 2 ** 32;

/** `length` numbers of the standard normal distribution, |x| < 6.4. A shorter draw of the same key is a prefix of a longer one. */
export function normal(key: RandomKey, length: number): Float32Array {
  const words = randomWords(key, length);
  const normals = new Float32Array(words.buffer); // in place: word i becomes number i
  for (let i = 0; i < length; i++) normals[i] = normalOfWord(words[i] as number);
  return normals;
}

/** `length` numbers uniform on [0, 1), multiples of 2⁻²⁴. */
export function uniform(key: RandomKey, length: number): Float32Array {
  const words = randomWords(key, length);
  const uniforms = new Float32Array(words.buffer);
  for (let i = 0; i < length; i++) uniforms[i] = ((words[i] as number) >>> 8) * 2 ** -24;
  return uniforms;
}

/** `length` integers uniform on 0 … below − 1. `below` is at most 2³²; the bias is less than below · 2⁻⁵³. */
export function integers(key: RandomKey, length: number, below: number): Uint32Array {
  if (!Number.isInteger(below) || below < 1 || below > twoTo32) {
    throw new RangeError(`integers: \`below\` must be an integer from 1 to 2^32, but is ${below}.`);
  }
  const words = randomWords(key, 2 * length);
  const values = new Uint32Array(length);
  for (let i = 0; i < length; i++) values[i] = Math.floor(uniform53(words, i) * below);
  return values;
}

/** The numbers 0 … n − 1 in random order (Fisher–Yates). */
export function permutation(key: RandomKey, n: number): Uint32Array {
  const words = randomWords(key, 2 * n);
  const order = Uint32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(uniform53(words, i) * (i + 1));
    const swapped = order[i] as number;
    order[i] = order[j] as number;
    order[j] = swapped;
  }
  return order;
}

/** Pair i of the words as a number on [0, 1) with 53 random bits. */
function uniform53(words: Uint32Array, i: number): number {
  const high = (words[2 * i] as number) >>> 5;
  const low = (words[2 * i + 1] as number) >>> 6;
  return (high * 2 ** 26 + low) * 2 ** -53;
}

/**
 * Philox's key is (seed mod 2³², hash of the stream), its counter (block, index, step, seed ÷ 2³²), each a 32-bit word;
 * block b gives words 4b … 4b + 3.
 */
function randomWords({ seed, stream, step, index }: RandomKey, length: number): Uint32Array {
  requireInteger('seed', seed, Number.MAX_SAFE_INTEGER);
  requireInteger('step', step, twoTo32 - 1);
  requireInteger('index', index, twoTo32 - 1);
  requireInteger('length', length, twoTo32 - 1);
  const words = new Uint32Array(length);
  philox4x32([0, index, step, Math.floor(seed / twoTo32)], [seed % twoTo32, fnv1a(stream)], words);
  return words;
}

function requireInteger(name: string, value: number, max: number): void {
  if (!Number.isInteger(value) || value < 0 || value > max) {
    throw new RangeError(`random: \`${name}\` must be an integer from 0 to ${max}, but is ${value}.`);
  }
}

/** FNV-1a, 32 bits, over the UTF-8 bytes of the text. */
export function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

type Words2 = readonly [number, number];
type Words4 = readonly [number, number, number, number];

/**
 * Fills `words` with Philox4x32-10 of consecutive counters, beginning at `counter`, whose first word counts up.
 * The high half of 32 × 32 → 64 bits comes from 16-bit halves: (aₕ2¹⁶ + aₗ)(mₕ2¹⁶ + mₗ). The rounds are written out in
 * one loop without helpers because that is what makes them fast (7 ns a word).
 */
export function philox4x32(counter: Words4, key: Words2, words: Uint32Array): void {
  for (let at = 0, block = counter[0]; at < words.length; at += 4, block++) {
    let c0 = block | 0;
    let c1 = counter[1] | 0;
    let c2 = counter[2] | 0;
    let c3 = counter[3] | 0;
    let k0 = key[0] | 0;
    let k1 = key[1] | 0;
    for (let round = 0; round < 10; round++) {
      // 0xd2511f53 · c0 and 0xcd9e8d57 · c2
      const a = c0 & 0xffff;
      const A = c0 >>> 16;
      let middle = (Math.imul(A, 0x1f53) + (Math.imul(a, 0x1f53) >>> 16)) | 0;
      let carry = (Math.imul(a, 0xd251) + (middle & 0xffff)) | 0;
      const high0 = (Math.imul(A, 0xd251) + (middle >>> 16) + (carry >>> 16)) | 0;
      const low0 = Math.imul(c0, 0xd2511f53);
      const b = c2 & 0xffff;
      const B = c2 >>> 16;
      middle = (Math.imul(B, 0x8d57) + (Math.imul(b, 0x8d57) >>> 16)) | 0;
      carry = (Math.imul(b, 0xcd9e) + (middle & 0xffff)) | 0;
      const high1 = (Math.imul(B, 0xcd9e) + (middle >>> 16) + (carry >>> 16)) | 0;
      const low1 = Math.imul(c2, 0xcd9e8d57);
      c0 = high1 ^ c1 ^ k0;
      c1 = low1;
      c2 = high0 ^ c3 ^ k1;
      c3 = low0;
      k0 = (k0 + 0x9e3779b9) | 0; // the golden ratio
      k1 = (k1 + 0xbb67ae85) | 0; // √3 − 1
    }
    words[at] = c0;
    if (at + 1 < words.length) words[at + 1] = c1;
    if (at + 2 < words.length) words[at + 2] = c2;
    if (at + 3 < words.length) words[at + 3] = c3;
  }
}

// AS 241 prints 21 digits; these are the nearest float64.
const centralNumerator = [
  3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946, 45921.95393154987, 67265.7709270087,
  33430.57558358813, 2509.0809287301227,
] as const;
const centralDenominator = [
  1, 42.31333070160091, 687.1870074920579, 5394.196021424751, 21213.794301586597, 39307.89580009271, 28729.085735721943,
  5226.495278852854,
] as const;
const tailNumerator = [
  1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045, 1.2704582524523684, 0.2417807251774506,
  0.022723844989269184, 0.0007745450142783414,
] as const;
const tailDenominator = [
  1, 2.053191626637759, 1.6763848301838038, 0.6897673349851, 0.14810397642748008, 0.015198666563616457,
  0.0005475938084995345, 1.0507500716444169e-9,
] as const;

/**
 * The normal deviate of probability p = (word + ½) · 2⁻³², by PPND16 of Wichura 1988, algorithm AS 241, accurate to 1e-15.
 * p is never below 2⁻³³, so √(−ln p) < 5 and the third range of AS 241 cannot occur.
 */
export function normalOfWord(word: number): number {
  const q = (word - 0x7fffffff - 0.5) * 2 ** -32; // p − ½, exactly
  if (q >= -0.425 && q <= 0.425) {
    const r = 0.180625 - q * q;
    return (q * polynomial(centralNumerator, r)) / polynomial(centralDenominator, r);
  }
  const nearer = q < 0 ? word : 0xffffffff - word;
  const r = Math.sqrt(minusLogOfWord(nearer)) - 1.6;
  const x = polynomial(tailNumerator, r) / polynomial(tailDenominator, r);
  return q < 0 ? -x : x;
}

type Coefficients = readonly [number, number, number, number, number, number, number, number];

function polynomial(c: Coefficients, x: number): number {
  return ((((((c[7] * x + c[6]) * x + c[5]) * x + c[4]) * x + c[3]) * x + c[2]) * x + c[1]) * x + c[0];
}

const negativePowersOfTwo = Float64Array.from({ length: 32 }, (_, e) => 2 ** -e);

/**
 * −ln((word + ½) · 2⁻³²) for word < 2³⁰: with 2 word + 1 = m · 2ᵉ and m in [√½, √2), it is (33 − e) ln 2 − ln m, and
 * ln m = 2 (z + z³/3 + z⁵/5 + …) with z = (m − 1) / (m + 1), |z| < 0.172: eleven terms reach 1e-17.
 */
function minusLogOfWord(word: number): number {
  const odd = 2 * word + 1;
  let e = 31 - Math.clz32(odd);
  let m = odd * (negativePowersOfTwo[e] as number); // in [1, 2)
  if (m > Math.SQRT2) {
    m *= 0.5;
    e += 1;
  }
  const z = (m - 1) / (m + 1);
  const z2 = z * z;
  let series = 1 / 21;
  for (let k = 19; k >= 1; k -= 2) series = series * z2 + 1 / k;
  return (33 - e) * Math.LN2 - 2 * z * series;
}
