import type { RgbImage } from '@bradley/formats';
import type { Detection } from '../detection/detection.js';

const background = 0x99;

/** An object cut out by its box, rounded to whole pixels of the picture; what is outside its mask, where it has one, is grey (#999). */
export function cropObject({ width, height, data }: RgbImage, { box, mask }: Detection): RgbImage {
  const [left, right] = span(box[0], box[2], width);
  const [top, bottom] = span(box[1], box[3], height);
  const cut = new Uint8Array(3 * (right - left) * (bottom - top)).fill(background);
  for (let y = top, to = 0; y < bottom; y++)
    for (let x = left; x < right; x++, to += 3) {
      const from = y * width + x;
      if (!mask || mask[from] === 1) cut.set(data.subarray(3 * from, 3 * from + 3), to);
    }
  return { width: right - left, height: bottom - top, data: cut };
}

/** At least one pixel of the picture. */
function span(from: number, to: number, length: number): [number, number] {
  const start = Math.min(length - 1, Math.max(0, Math.round(from)));
  return [start, Math.min(length, Math.max(start + 1, Math.round(to)))];
}
