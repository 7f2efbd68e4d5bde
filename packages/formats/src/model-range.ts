import sharp from 'sharp';
import type { RgbImage } from './image.js';
import { roundHalfToEven } from './round.js';

/** A picture as a model is trained on it. */
export interface ModelImage {
  /** (3, resolution, resolution) in [−1, 1]. */
  readonly data: Float32Array;
  readonly resolution: number;
  /** (height, width) before resizing: with cropOffset and the resolution, the time ids of SDXL. */
  readonly originalSize: readonly [height: number, width: number];
  /** (top, left) of the crop, measured after resizing. */
  readonly cropOffset: readonly [top: number, left: number];
}

/** x/255, then (x − 0.5)/0.5, each step in float32 as torchvision's ToTensor and Normalize do. */
const scaled = Float32Array.from({ length: 256 }, (_, byte) => Math.fround(Math.fround(byte / 255) - 0.5) / 0.5);

/**
 * Resizes the shorter side to `resolution` (the longer is truncated to a whole number), cuts the centre square and
 * scales to [−1, 1], as the training scripts of diffusers do with torchvision.
 *
 * The resize is sharp's `linear` kernel. Against Pillow's antialiased bilinear on noisy pictures: when reducing, 0.2 to
 * 1.1 of 255 away on average and 13 at most (libvips first shrinks by a whole factor, with a box); when enlarging, the
 * picture lies a quarter of a source pixel further to the right and down at factor 2.
 */
export async function toModelRange(image: RgbImage, resolution: number): Promise<ModelImage> {
  const { width, height, data } = await resizeShorterSide(image, resolution);
  const top = roundHalfToEven((height - resolution) / 2);
  const left = roundHalfToEven((width - resolution) / 2);
  const pixels = resolution * resolution;
  const output = new Float32Array(3 * pixels);
  for (let y = 0; y < resolution; y++) {
    for (let x = 0; x < resolution; x++) {
      const from = 3 * ((top + y) * width + left + x);
      const to = y * resolution + x;
      for (let channel = 0; channel < 3; channel++) {
        output[channel * pixels + to] = scaled[data[from + channel] as number] as number;
      }
    }
  }
  return { data: output, resolution, originalSize: [image.height, image.width], cropOffset: [top, left] };
}

async function resizeShorterSide(image: RgbImage, resolution: number): Promise<RgbImage> {
  const shorter = Math.min(image.width, image.height);
  if (shorter === resolution) return image;
  const width = image.width === shorter ? resolution : Math.trunc((resolution * image.width) / shorter);
  const height = image.height === shorter ? resolution : Math.trunc((resolution * image.height) / shorter);
  const data = await sharp(image.data, { raw: { width: image.width, height: image.height, channels: 3 } })
    .resize({ width, height, fit: 'fill', kernel: 'linear' })
    .raw()
    .toBuffer();
  return { width, height, data };
}
