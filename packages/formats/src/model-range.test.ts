import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromModelRange, type RgbImage } from './image.js';
import { toModelRange } from './model-range.js';
import { roundHalfToEven } from './round.js';

const picture = (width: number, height: number, at: (x: number, y: number) => number): RgbImage => {
  const data = new Uint8Array(3 * width * height);
  for (let i = 0; i < data.length; i++) data[i] = at(Math.floor(i / 3) % width, Math.floor(i / 3 / width)) + (i % 3);
  return { width, height, data };
};

describe('toModelRange', () => {
  it('measures the crop after resizing and rounds it half to even: 768 × 1024 at 1024 gives (0, 170)', async () => {
    const { originalSize, cropOffset, data } = await toModelRange(
      picture(1024, 768, () => 7),
      1024,
    );
    expect(originalSize).toEqual([768, 1024]);
    expect(cropOffset).toEqual([0, 170]);
    expect(data.length).toBe(3 * 1024 * 1024);
  });

  it('keeps every pixel of a square of the right size, channels first', async () => {
    const image = picture(9, 9, (x, y) => x * 20 + y * 7);
    const { data, cropOffset } = await toModelRange(image, 9);
    expect(cropOffset).toEqual([0, 0]);
    expect(fromModelRange(data)).toEqual(image.data);
    expect(data[81]).toBe(Math.fround(Math.fround(Math.fround(1 / 255) - 0.5) / 0.5)); // green of the first pixel
  });

  it('cuts the centre when no resize is needed', async () => {
    const { data, cropOffset } = await toModelRange(
      picture(9, 4, (x) => x * 20),
      4,
    );
    expect(cropOffset).toEqual([0, 2]);
    expect([...fromModelRange(data)].filter((_, i) => i % 3 === 0).slice(0, 4)).toEqual([40, 60, 80, 100]);
  });

  it('keeps a slope when it reduces', async () => {
    const { data } = await toModelRange(
      picture(120, 120, (x) => 2 * x),
      40,
    );
    const row = [...fromModelRange(data)].filter((_, i) => i % 3 === 0).slice(0, 40);
    for (const [x, value] of row.entries()) expect(Math.abs(value - (6 * x + 2))).toBeLessThanOrEqual(1);
  });

  it('covers a size that is no square, one side fitting, and cuts the middle of the other', async () => {
    const wide = picture(12, 8, (x, y) => 10 * x + y);
    const whole = await toModelRange(wide, { height: 8, width: 12 });
    expect(fromModelRange(whole.data)).toEqual(wide.data);
    const tall = await toModelRange(wide, { height: 8, width: 4 });
    expect([tall.originalSize, tall.cropOffset]).toEqual([
      [8, 12],
      [0, 4],
    ]);
    const columns = [...fromModelRange(tall.data)].filter((_, i) => i % 3 === 0).slice(0, 4);
    expect(columns).toEqual([40, 50, 60, 70]);
    const enlarged = await toModelRange(wide, { height: 16, width: 8 }); // by 2, to 16 × 24
    expect(enlarged.cropOffset).toEqual([0, 8]);
    expect((await toModelRange(wide, { height: 4, width: 12 })).cropOffset).toEqual([2, 0]);
  });

  it('gives a size that is no square for any picture', () =>
    fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 40 }),
        fc.record({ height: fc.integer({ min: 1, max: 24 }), width: fc.integer({ min: 1, max: 24 }) }),
        async (w, h, size) => {
          const { data, cropOffset } = await toModelRange(
            picture(w, h, (x, y) => (x * y) % 250),
            size,
          );
          expect(data.length).toBe(3 * size.height * size.width);
          expect(data.every((value) => value >= -1 && value <= 1)).toBe(true);
          expect(Math.min(...cropOffset)).toBe(0);
        },
      ),
      { numRuns: 60 },
    ));

  it('gives a square within [−1, 1] for any size', () =>
    fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 24 }),
        async (w, h, res) => {
          const { data, cropOffset } = await toModelRange(
            picture(w, h, (x, y) => (x * y) % 250),
            res,
          );
          expect(data.length).toBe(3 * res * res);
          expect(data.every((value) => value >= -1 && value <= 1)).toBe(true);
          expect(Math.min(...cropOffset)).toBe(0);
        },
      ),
      { numRuns: 60 },
    ));
});

it('rounds halves to even', () => {
  expect([0.5, 1.5, 2.5, 170.5, 2.4, 2.6, -1.5].map(roundHalfToEven)).toEqual([0, 2, 2, 170, 2, 3, -2]);
});
