import { expect, it } from 'vitest';
import { binomialBlur } from './binomial-blur.js';

it('spreads a point by the binomial kernel, and each channel by itself', () => {
  const picture = new Float32Array(3 * 25);
  picture[25 + 12] = 16; // the middle of channel 1
  const blurred = binomialBlur(picture, 5);
  expect([...blurred.subarray(25, 50)]).toEqual([
    0, 0, 0, 0, 0, 0, 1, 2, 1, 0, 0, 2, 4, 2, 0, 0, 1, 2, 1, 0, 0, 0, 0, 0, 0,
  ]);
  expect([...blurred.subarray(0, 25), ...blurred.subarray(50)].every((value) => value === 0)).toBe(true);
});

it('leaves a flat picture flat, up to the border', () => {
  const picture = new Float32Array(3 * 16).fill(-0.75);
  expect(binomialBlur(picture, 4, 3)).toEqual(picture);
});
