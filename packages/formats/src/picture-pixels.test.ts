import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resizeBicubic, resizeBicubicFloat } from './bicubic.js';
import type { RgbImage } from './image.js';
import { clipColours, pixelValues } from './picture-pixels.js';
import { readSafetensors } from './safetensors.js';
import type { Tensor } from './tensor.js';

const fixture = (name: string): string => fileURLToPath(new URL(`../../../fixtures/${name}`, import.meta.url));
const { cases } = JSON.parse(await readFile(fixture('bicubic.pillow.json'), 'utf8')) as {
  cases: { size: [number, number]; resized: [number, number]; sha256: string }[];
};
const { tensors } = await readSafetensors(fixture('bicubic.io.safetensors'));

/** The formula of the fixture. */
function picture(width: number, height: number): RgbImage {
  const value = (x: number, y: number, c: number): number =>
    (x * x * 3 + y * 7 * (c + 1) + x * y * (c + 2) + 31 * ((x * 13) ^ (y * 7))) & 255;
  const data = Uint8Array.from({ length: 3 * width * height }, (_, i) => {
    const pixel = Math.floor(i / 3);
    return value(pixel % width, Math.floor(pixel / width), i % 3);
  });
  return { width, height, data };
}

describe('resizing a picture', () => {
  it.each(cases)('gives the bytes of Pillow: $size to $resized', ({ size, resized, sha256 }) => {
    const { data } = resizeBicubic(picture(...size), ...resized);
    expect(createHash('sha256').update(data).digest('hex')).toBe(sha256);
  });

  it('leaves a picture of one colour as it is', () => {
    const side = fc.integer({ min: 1, max: 40 });
    fc.assert(
      fc.property(side, side, side, side, fc.nat(255), (width, height, toWidth, toHeight, value) => {
        const resized = resizeBicubic(
          { width, height, data: new Uint8Array(3 * width * height).fill(value) },
          toWidth,
          toHeight,
        );
        expect(resized.data).toEqual(new Uint8Array(3 * toWidth * toHeight).fill(value));
      }),
    );
  });

  it('without rounding stays within what two roundings can change', () => {
    const image = picture(60, 45);
    const floats = resizeBicubicFloat({ ...image, data: Float32Array.from(image.data) }, 23, 31);
    const { data } = resizeBicubic(image, 23, 31);
    for (const [i, value] of floats.entries())
      expect(Math.abs(Math.min(255, Math.max(0, value)) - (data[i] as number))).toBeLessThan(1.5);
  });
});

/** Of 16 × 16 pixels. The values are of size 2; a bit of float32 there is 2.4e-7. */
describe.each([
  ['transformers', { resize: 'pillow', crop: 'down' }, 1e-6],
  ['torchvision', { resize: 'pillow', crop: 'even' }, 1e-6],
  ['tensor', { resize: 'torch', crop: 'even' }, 2e-5], // torch weighs and sums in float32
] as const)("a model's pixels as %s makes them", (name, how, tolerance) => {
  const found = [...tensors].filter(([key]) => key.startsWith(`${name}.`));
  it.each(found)('%s', (key, tensor: Tensor) => {
    const [width, height] = (key.split('.')[1] as string).split('x').map(Number) as [number, number];
    const values = pixelValues(picture(width, height), { size: 16, ...clipColours, ...how });
    const worst = values.reduce((most, value, i) => Math.max(most, Math.abs(value - (tensor.data[i] as number))), 0);
    expect(worst).toBeLessThan(tolerance);
  });
});
