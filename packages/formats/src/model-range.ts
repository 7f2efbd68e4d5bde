import sharp from 'sharp';
import type { RgbImage } from './image.js';
import { roundHalfToEven } from './round.js';

/** Height and width in pixels. */
export interface PictureSize {
  readonly height: number;
  readonly width: number;
}

/** A picture as a model is trained on it. */
export interface ModelImage {
  /** (3, height, width) in [−1, 1]. */
  readonly data: Float32Array;
  /** (height, width) before resizing: with cropOffset and the size asked for, the time ids of SDXL. */
  readonly originalSize: readonly [height: number, width: number];
  /** (top, left) of the crop, measured after resizing. */
  readonly cropOffset: readonly [top: number, left: number];
}

/** x/255, then (x − 0.5)/0.5, each step in float32 as torchvision's ToTensor and Normalize do. */
const scaled = Float32Array.from({ length: 256 }, (_, byte) => Math.fround(Math.fround(byte / 255) - 0.5) / 0.5);

/**
 * Resizes a picture to cover `size` (one side fits, the other is truncated to a whole number), cuts the centre and scales to
 * [−1, 1]. A number is a square: the shorter side is brought to it, as the training scripts of diffusers do with torchvision.
 *
 * The resize is sharp's `linear` kernel. Against Pillow's antialiased bilinear on noisy pictures: when reducing, 0.2 to
 * 1.1 of 255 away on average and 13 at most (libvips first shrinks by a whole factor, with a box); when enlarging, the
 * picture lies a quarter of a source pixel further to the right and down at factor 2.
 */
export async function toModelRange(image: RgbImage, size: number | PictureSize): Promise<ModelImage> {
  const target = typeof size === 'number' ? { height: size, width: size } : size;
  const { width, height, data } = await resizeToCover(image, target);
  const top = roundHalfToEven((height - target.height) / 2);
  const left = roundHalfToEven((width - target.width) / 2);
  const pixels = target.height * target.width;
  const output = new Float32Array(3 * pixels);
  for (let y = 0; y < target.height; y++) {
    for (let x = 0; x < target.width; x++) {
      const from = 3 * ((top + y) * width + left + x);
      const to = y * target.width + x;
      for (let channel = 0; channel < 3; channel++) {
        output[channel * pixels + to] = scaled[data[from + channel] as number] as number;
      }
    }
  }
  return { data: output, originalSize: [image.height, image.width], cropOffset: [top, left] };
}

async function resizeToCover(image: RgbImage, target: PictureSize): Promise<RgbImage> {
  const widthFits = target.width * image.height >= target.height * image.width; // the width needs the larger factor
  const width = widthFits ? target.width : Math.trunc((target.height * image.width) / image.height);
  const height = widthFits ? Math.trunc((target.width * image.height) / image.width) : target.height;
  if (width === image.width && height === image.height) return image;
  const data = await sharp(image.data, { raw: { width: image.width, height: image.height, channels: 3 } })
    .resize({ width, height, fit: 'fill', kernel: 'linear' })
    .raw()
    .toBuffer();
  return { width, height, data };
}
