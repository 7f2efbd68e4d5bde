import { resizeBicubic, resizeBicubicFloat } from './bicubic.js';
import type { RgbImage } from './image.js';
import { roundHalfToEven } from './round.js';

/** How a model's pictures are made: the shorter side is brought to `size`, the centre cut, the values normalised. */
export interface PictureNormalisation {
  readonly size: number;
  /**
   * How the reference resizes: Pillow, whose result has 8 bits; or torch, which takes the picture as floats and rounds
   * nothing.
   */
  readonly resize: 'pillow' | 'torch';
  /** Where the cut begins when what remains is odd: transformers rounds down, torchvision to the even number. */
  readonly crop: 'down' | 'even';
  /** Of red, green and blue in [0, 1]. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** As OpenAI trained CLIP, and all that took it over. */
export const clipColours = {
  mean: [0.48145466, 0.4578275, 0.40821073],
  std: [0.26862954, 0.26130258, 0.27577711],
} as const;

/** A picture as a model of the CLIP or BLIP kind takes it: (3, size, size), float32. */
export function pixelValues(image: RgbImage, { size, resize, crop, mean, std }: PictureNormalisation): Float32Array {
  const [width, height] =
    image.width <= image.height
      ? [size, Math.trunc((size * image.height) / image.width)]
      : [Math.trunc((size * image.width) / image.height), size];
  const from = (whole: number): number => (crop === 'down' ? Math.floor : roundHalfToEven)((whole - size) / 2);
  const [left, top] = [from(width), from(height)];
  const normal = (value: number, channel: number): number =>
    Math.fround(Math.fround(value) - Math.fround(mean[channel] as number)) / Math.fround(std[channel] as number);
  const output = new Float32Array(3 * size * size);
  const fill = (data: ArrayLike<number>, values: (value: number, channel: number) => number): Float32Array => {
    for (let channel = 0, to = 0; channel < 3; channel++)
      for (let y = 0; y < size; y++)
        for (let x = 0; x < size; x++, to++)
          output[to] = values(data[3 * ((top + y) * width + left + x) + channel] as number, channel);
    return output;
  };
  if (resize === 'torch') {
    const data = Float32Array.from(image.data, (byte) => byte / 255);
    return fill(resizeBicubicFloat({ ...image, data }, width, height), normal);
  }
  const tables = [0, 1, 2].map((channel) =>
    Float32Array.from({ length: 256 }, (_, byte) => normal(byte / 255, channel)),
  );
  return fill(resizeBicubic(image, width, height).data, (byte, channel) => tables[channel]?.[byte] as number);
}
