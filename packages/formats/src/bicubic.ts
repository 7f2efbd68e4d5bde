import type { RgbImage } from './image.js';

/**
 * Pillow's `Image.resize(…, BICUBIC)` (src/libImaging/Resample.c), to the bit: rows first, then columns, weights in 22 bits of
 * fraction, and each pass rounded to 8 bits. Reducing widens the filter, so nothing is skipped.
 */
export function resizeBicubic(image: RgbImage, width: number, height: number): RgbImage {
  const across = width === image.width ? image.data : passBytes(image.data, rowsOf(image), width);
  const turned = { width, height: image.height };
  return { width, height, data: height === image.height ? across : passBytes(across, columnsOf(turned), height) };
}

/**
 * The same weights without rounding, as torch's `interpolate(…, mode='bicubic', antialias=True)` takes them: what torchvision's
 * Resize does to a float tensor. Values may leave the range of the input. (H, W, 3) → (height, width, 3)
 */
export function resizeBicubicFloat(
  image: { readonly width: number; readonly height: number; readonly data: Float32Array },
  width: number,
  height: number,
): Float32Array {
  const across = width === image.width ? image.data : passFloats(image.data, rowsOf(image), width);
  return height === image.height ? across : passFloats(across, columnsOf({ width, height: image.height }), height);
}

/** How one axis of an (H, W, 3) picture is walked. */
interface Axis {
  readonly length: number;
  /** Elements from one value to the next along the axis. */
  readonly step: number;
  /** Rows of the picture's other axis: count, and elements from one to the next. */
  readonly lines: number;
  readonly lineStep: number;
}

/** Of a picture before, and of the one after a pass, whose axis is `length` long. */
const rowsOf =
  ({ width, height }: { width: number; height: number }) =>
  (length = width) =>
    ({ length, step: 3, lines: height, lineStep: 3 * length }) satisfies Axis;
const columnsOf =
  ({ width, height }: { width: number; height: number }) =>
  (length = height) =>
    ({ length, step: 3 * width, lines: width, lineStep: 3 }) satisfies Axis;

type AxisOf = (length?: number) => Axis;

const fractionBits = 22;

function passBytes(data: Uint8Array, axis: AxisOf, length: number): Uint8Array {
  const [from, to] = [axis(), axis(length)];
  const output = new Uint8Array(3 * to.lines * length);
  for (let i = 0; i < length; i++) {
    const { start, weights } = taps(from.length, length, i);
    const fixed = Int32Array.from(weights, (weight) =>
      Math.trunc(weight * 2 ** fractionBits + Math.sign(weight) * 0.5),
    );
    for (let line = 0; line < from.lines; line++)
      for (let channel = 0; channel < 3; channel++) {
        let at = line * from.lineStep + start * from.step + channel;
        let sum = 2 ** (fractionBits - 1);
        for (let k = 0; k < fixed.length; k++, at += from.step) sum += (fixed[k] as number) * (data[at] as number);
        const value = sum >> fractionBits;
        output[line * to.lineStep + i * to.step + channel] = value < 0 ? 0 : value > 255 ? 255 : value;
      }
  }
  return output;
}

function passFloats(data: Float32Array, axis: AxisOf, length: number): Float32Array {
  const [from, to] = [axis(), axis(length)];
  const output = new Float32Array(3 * to.lines * length);
  for (let i = 0; i < length; i++) {
    const { start, weights } = taps(from.length, length, i);
    for (let line = 0; line < from.lines; line++)
      for (let channel = 0; channel < 3; channel++) {
        let at = line * from.lineStep + start * from.step + channel;
        let sum = 0;
        for (let k = 0; k < weights.length; k++, at += from.step) sum += (weights[k] as number) * (data[at] as number);
        output[line * to.lineStep + i * to.step + channel] = sum;
      }
  }
  return output;
}

/** Which values, from `start` on, make value `index` of an axis that goes from `before` values to `after`; their weights sum to 1. */
function taps(before: number, after: number, index: number): { start: number; weights: Float64Array } {
  const scale = before / after;
  const widening = Math.max(scale, 1);
  const center = (index + 0.5) * scale;
  const start = Math.max(0, Math.trunc(center - 2 * widening + 0.5));
  const end = Math.min(before, Math.trunc(center + 2 * widening + 0.5));
  const weights = Float64Array.from({ length: end - start }, (_, k) =>
    cubic((start + k - center + 0.5) * (1 / widening)),
  );
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return { start, weights: weights.map((weight) => weight * (1 / total)) };
}

/** Keys' cubic convolution with a = −1/2. */
function cubic(x: number): number {
  const a = -0.5;
  const t = Math.abs(x);
  if (t < 1) return ((a + 2) * t - (a + 3)) * t * t + 1;
  return t < 2 ? (((t - 5) * t + 8) * t - 4) * a : 0;
}
