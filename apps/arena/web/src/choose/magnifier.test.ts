import fc from 'fast-check';
import { expect, it } from 'vitest';
import { magnification } from './magnifier.js';

it('draws each pixel of a picture on a whole number of the screen’s pixels, and larger than before', () =>
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 8192 }),
      fc.integer({ min: 40, max: 2000 }),
      fc.constantFrom(1, 2, 3),
      (natural, shown, ratio) => {
        const times = magnification(natural, shown, ratio);
        const perPixel = (times * shown * ratio) / natural;
        expect(Math.abs(perPixel - Math.round(perPixel))).toBeLessThan(1e-6);
        expect(times).toBeGreaterThanOrEqual(2 - 1e-9);
      },
    ),
  ));
