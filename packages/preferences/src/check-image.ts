import { decodeImage, ImageError, imageSize } from '@bradley/formats';
import { sha256Of } from './media-path.js';
import type { Candidate } from './record.js';
import { type ComparisonSource, MediaError, type Problem } from './source.js';

/** An image that decodes. */
export interface SoundImage {
  readonly sha256: string;
  readonly width: number;
  readonly height: number;
}

/** A text, or a file of sound or video, which is there and is not looked into. */
export interface SoundMedia {
  readonly sha256: string;
}

/** Media that can be had, decoded if they are an image, or what is wrong with them. */
export type CheckedMedia = SoundImage | SoundMedia | { readonly problem: Problem; readonly message: string };

/** Loads the candidates of a source and decodes those that are images; the same bytes are decoded once. */
export function mediaReader(
  source: ComparisonSource,
  maxPixels: number,
): (candidate: Candidate) => Promise<CheckedMedia> {
  const known = new Map<string, CheckedMedia>();
  return async (candidate) => {
    const { media, kind } = candidate;
    try {
      const bytes = await source.loadMedia(candidate);
      const sha256 = sha256Of(bytes);
      if (kind !== undefined) return { sha256 };
      const image = known.get(sha256) ?? (await check(bytes, sha256, maxPixels));
      known.set(sha256, image);
      return 'problem' in image ? { ...image, message: `${media}: ${image.message}` } : image;
    } catch (error) {
      if (!(error instanceof MediaError)) throw error;
      return { problem: error.problem, message: error.message };
    }
  };
}

async function check(bytes: Uint8Array, sha256: string, maxPixels: number): Promise<CheckedMedia> {
  try {
    const { width, height } = await imageSize(bytes, 'the file');
    if (width * height > maxPixels)
      return { problem: 'too-big', message: `${width} × ${height} pixels; the limit is ${maxPixels} pixels` };
    await decodeImage(bytes, { name: 'the file', maxPixels });
    return { sha256, width, height };
  } catch (error) {
    if (!(error instanceof ImageError)) throw error;
    return { problem: 'not-an-image', message: error.message };
  }
}
