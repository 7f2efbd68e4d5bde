import fc from 'fast-check';
import { expect, it } from 'vitest';
import { randomView } from './random-view.js';

const size = 8;
const still = { shift: 0, blur: 0, colour: 0, noise: 0, cut: 0 };
const picture = fc
  .array(fc.float({ min: -1, max: 1, noNaN: true }), { minLength: 3 * size ** 2, maxLength: 3 * size ** 2 })
  .map((numbers) => Float32Array.from(numbers, (x) => x + 0));
const key = fc.record({ seed: fc.nat(), step: fc.nat(), index: fc.nat() });

const mirrored = (image: Float32Array) => image.map((_, i) => image[i - (i % size) + size - 1 - (i % size)] as number);

it('is the picture or its mirror image when nothing else is asked for', () =>
  fc.assert(
    fc.property(picture, key, (image, at) => {
      const view = randomView(image, size, still, at);
      expect([[...image], [...mirrored(image)]]).toContainEqual([...view]);
    }),
  ));

it('is the same for the same key, and leaves the picture as it was', () =>
  fc.assert(
    fc.property(picture, key, (image, at) => {
      const before = image.slice();
      const options = { shift: 2, blur: 0.5, colour: 0.1, noise: 0.1, cut: 0.5 };
      expect(randomView(image, size, options, at)).toEqual(randomView(image, size, options, at));
      expect(image).toEqual(before);
    }),
  ));

it('brings in white where it moves or cuts', () =>
  fc.assert(
    fc.property(key, (at) => {
      const view = randomView(new Float32Array(3 * size ** 2).fill(1), size, { ...still, shift: 3, cut: 1 }, at);
      expect(view.every((value) => value === 1)).toBe(true);
    }),
  ));

it('keeps two fifths of each side at least', () =>
  fc.assert(
    fc.property(key, (at) => {
      const view = randomView(new Float32Array(3 * size ** 2).fill(-1), size, { ...still, cut: 1 }, at);
      const kept = view.filter((value) => value === -1).length / 3;
      expect(kept).toBeGreaterThanOrEqual(Math.ceil(0.4 * size) ** 2);
    }),
  ));
