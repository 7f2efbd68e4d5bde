import type { RgbImage } from '@bradley/formats';

/** Left, top, right and bottom, in pixels of the picture. */
export type Box = readonly [left: number, top: number, right: number, bottom: number];

export interface Detection {
  readonly class: string;
  readonly confidence: number;
  readonly box: Box;
  /** (H, W) of the picture, 1 inside the object, where the model gives it. */
  readonly mask?: Uint8Array;
}

export interface Detector {
  readonly name: string;
  /** 64 hex digits over model and settings. */
  readonly identity: string;
  readonly classes: readonly string[];
  /** Every detection whose confidence is above a number, the most confident first. */
  detect(image: RgbImage, above: number): Promise<Detection[]>;
  release(): Promise<void>;
}

/** Intersection over union of two boxes; 0 for empty ones. */
export function overlap(a: Box, b: Box): number {
  const shared = area([Math.max(a[0], b[0]), Math.max(a[1], b[1]), Math.min(a[2], b[2]), Math.min(a[3], b[3])]);
  const union = area(a) + area(b) - shared;
  return union > 0 ? shared / union : 0;
}

const area = ([left, top, right, bottom]: Box): number => Math.max(0, right - left) * Math.max(0, bottom - top);

/**
 * Non-maximum suppression: of detections of one class that overlap by more than `most`, only the most confident stays.
 * @param sorted the most confident first
 */
export function suppress(sorted: readonly Detection[], most: number): Detection[] {
  const kept: Detection[] = [];
  for (const detection of sorted)
    if (!kept.some((other) => other.class === detection.class && overlap(other.box, detection.box) > most))
      kept.push(detection);
  return kept;
}
