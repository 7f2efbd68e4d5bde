import { openDiffusionModel } from '@bradley/models';
import { expect, it } from 'vitest';
import { emojiFolder, readEmojiNames } from './names.js';
import { readEmojiPictures } from './pictures.js';
import { redraw } from './redraw.js';

const folder = await openDiffusionModel(emojiFolder);
const pictures = await readEmojiPictures(undefined, (await readEmojiNames()).slice(0, 1));
const options = { seed: 0, steps: 8, guidance: 3, threads: 1 };

const meanDifference = (a: Float32Array, b: Float32Array) =>
  a.reduce((sum, value, i) => sum + Math.abs(value - (b[i] as number)), 0) / a.length;

it('goes further from the picture the stronger it is, and stays in range', async () => {
  const distances: number[] = [];
  for (const strength of [0, 0.5]) {
    const redrawn = await redraw(pictures, folder, { ...options, strength });
    expect(redrawn).toHaveLength(3);
    expect(redrawn.every((image) => image.every((value) => Math.abs(value) <= 1))).toBe(true);
    distances.push(meanDifference(redrawn[0] as Float32Array, pictures[0]?.image as Float32Array));
  }
  expect(distances[0]).toBeLessThan(0.06);
  expect(distances[1]).toBeGreaterThan(distances[0] as number);
});
