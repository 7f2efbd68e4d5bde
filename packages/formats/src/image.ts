import sharp from 'sharp';
import type { PictureSize } from './model-range.js';
import { roundHalfToEven } from './round.js';

/** 8-bit RGB, row-major, three bytes a pixel: (H, W, 3). */
export interface RgbImage {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** A file that is not an image we can read: says which, and what is wrong with it. */
export class ImageError extends Error {
  override name = 'ImageError';
}

export interface DecodeOptions {
  /** Refuse larger pictures before decoding a pixel. Default `maxImagePixels`. */
  readonly maxPixels?: number;
  /** What errors call an image that comes as bytes. */
  readonly name?: string;
}

/** Larger pictures are refused unless a caller says otherwise: 300 MB of RGB. */
export const maxImagePixels = 100_000_000;

/** Not SVG, which is a program that can name other files, and not what sharp needs other libraries for. */
const readFormats = ['jpeg', 'png', 'webp', 'gif', 'tiff', 'heif'];

/**
 * Reads a picture as it is meant to be seen: turned by its EXIF orientation, colours in sRGB (an embedded profile is
 * applied, where Pillow ignores it), transparent parts on white, the first frame of several.
 * @throws ImageError for anything that is not a whole picture of at most maxPixels
 */
export async function decodeImage(
  bytesOrPath: Uint8Array | string,
  { maxPixels = maxImagePixels, name }: DecodeOptions = {},
): Promise<RgbImage> {
  const what = name ?? (typeof bytesOrPath === 'string' ? bytesOrPath : 'an image in memory');
  try {
    const source = sharp(bytesOrPath, { limitInputPixels: maxPixels, failOn: 'error' });
    const { format, width, height } = await source.metadata();
    if (!readFormats.includes(format)) {
      throw new ImageError(
        `${what}: expected one of ${readFormats.join(', ')} but found ${format}. Convert it, to PNG for example.`,
      );
    }
    if (width * height > maxPixels) {
      throw new ImageError(
        `${what}: ${width} × ${height} pixels is above the limit of ${maxPixels}. Make it smaller, or raise maxPixels.`,
      );
    }
    const { data, info } = await source
      .autoOrient()
      .flatten({ background: '#ffffff' })
      .toColourspace('srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    if (info.channels !== 3)
      throw new ImageError(`${what}: decoded to ${info.channels} channels where RGB has 3. Save it as RGB.`);
    return { width: info.width, height: info.height, data: new Uint8Array(data.buffer, data.byteOffset, data.length) };
  } catch (cause) {
    if (cause instanceof ImageError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ImageError(`${what}: cannot be read as an image of at most ${maxPixels} pixels: ${reason.trim()}`, {
      cause,
    });
  }
}

/**
 * The size that `decodeImage` would give, from the head of the file alone.
 * @throws ImageError for what is not a picture
 */
export async function imageSize(bytes: Uint8Array, name = 'an image in memory'): Promise<PictureSize> {
  try {
    const { autoOrient } = await sharp(bytes).metadata();
    return { height: autoOrient.height, width: autoOrient.width };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ImageError(`${name}: cannot be read as an image: ${reason.trim()}`, { cause });
  }
}

/**
 * A PNG of 8-bit RGB (H, W, 3), or of a model's output: float32 (3, H, W) in [−1, 1], clamped and rounded as the image
 * processor of diffusers does.
 */
export async function encodePng(image: Uint8Array | Float32Array, width: number, height: number): Promise<Uint8Array> {
  if (image.length !== 3 * width * height) {
    throw new Error(
      `encodePng: ${width} × ${height} RGB takes ${3 * width * height} values but there are ${image.length}.`,
    );
  }
  const data = image instanceof Float32Array ? fromModelRange(image) : image;
  return sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
}

/** From (3, H, W) in [−1, 1] to 8-bit (H, W, 3). */
export function fromModelRange(image: Float32Array): Uint8Array {
  const pixels = image.length / 3;
  const data = new Uint8Array(image.length);
  for (let channel = 0; channel < 3; channel++) {
    for (let pixel = 0; pixel < pixels; pixel++) {
      const value = image[channel * pixels + pixel] as number;
      if (Number.isNaN(value)) {
        throw new Error(
          'The image has pixels that are not numbers: the model that made it has diverged, or overflowed 16 bits.',
        );
      }
      data[3 * pixel + channel] = roundHalfToEven(Math.min(Math.max(value / 2 + 0.5, 0), 1) * 255);
    }
  }
  return data;
}

/** A picture for a page that holds many: a PNG as it is up to 128 pixels wide, else WebP, 384 wide at most. */
export async function smallPicture(path: string): Promise<Uint8Array> {
  const source = sharp(path);
  const { width } = await source.metadata();
  if (width <= 128) return source.png().toBuffer();
  return source.resize({ width: 384, withoutEnlargement: true }).webp({ quality: 82 }).toBuffer();
}
