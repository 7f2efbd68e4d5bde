import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { encodeJpeg, type RgbImage } from '@bradley/formats';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cielab, deltaE } from './cielab.js';
import { colourfulnessOf } from './colourfulness.js';
import { openScorer } from './open-scorer.js';
import { paletteDistance, parsePalette } from './palette.js';
import { mirrorSymmetry } from './symmetry.js';

interface Case {
  readonly kind: keyof typeof formulas;
  readonly width: number;
  readonly height: number;
  readonly sha256: string;
  readonly jpegBytes: number;
  readonly jpegSha256: string;
  readonly colourfulness: number;
  readonly symmetry: number;
}
const { pictures } = JSON.parse(
  readFileSync(new URL('../../../../fixtures/picture_rules.pillow.json', import.meta.url), 'utf8'),
) as { pictures: Case[] };

/** The pictures of the fixture, by the integer formulas that it was made with. */
const formulas = {
  flat: () => [200, 30, 90],
  noise: (x: number, y: number, w: number) =>
    [0, 1, 2].map((c) => {
      const a = (Math.imul((y * w + x) * 3 + c, 2654435761) + 12345) >>> 0;
      return Math.imul(a ^ (a >>> 15), 2246822519) >>> 24;
    }),
  ramp: (x: number, y: number, w: number, h: number) =>
    [(x * 255) / (w - 1), (y * 255) / (h - 1), ((x + y) * 255) / (w + h - 2)].map(Math.floor),
  disc: (x: number, y: number, w: number, h: number) =>
    (2 * x - w) ** 2 + (2 * y - h) ** 2 < Math.floor((w * w * 16) / 25) ? [255, 205, 50] : [250, 250, 255],
};

function paint(width: number, height: number, colour: (x: number, y: number) => readonly number[]): RgbImage {
  const data = new Uint8Array(3 * width * height);
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) data.set(colour(x, y), 3 * (y * width + x));
  return { width, height, data };
}

const rate = async (spec: string, image: RgbImage): Promise<number> =>
  (await (await openScorer(spec)).score([{ prompt: 'any', image }]))[0] as number;

/** Any small picture. */
const anyPicture = fc
  .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 7 }))
  .chain(([width, height]) =>
    fc
      .uint8Array({ minLength: 3 * width * height, maxLength: 3 * width * height })
      .map((data): RgbImage => ({ width, height, data })),
  );

const mirrored = ({ width, height, data }: RgbImage): RgbImage =>
  paint(width, height, (x, y) => {
    const at = 3 * (y * width + width - 1 - x);
    return [...data.subarray(at, at + 3)];
  });
const upsideDown = ({ width, height, data }: RgbImage): RgbImage =>
  paint(width, height, (x, y) => {
    const at = 3 * ((height - 1 - y) * width + x);
    return [...data.subarray(at, at + 3)];
  });

describe.each(pictures)('the picture $kind of $width × $height', (made) => {
  const { kind, width, height } = made;
  const image = paint(width, height, (x, y) => formulas[kind](x, y, width, height));

  it('is the one of the fixture', () => {
    expect(createHash('sha256').update(image.data).digest('hex')).toBe(made.sha256);
  });

  it("is the JPEG that Pillow saves, to the byte, so DDPO's rewards are the same numbers", async () => {
    const jpeg = await encodeJpeg(image, 95);
    expect(createHash('sha256').update(jpeg).digest('hex')).toBe(made.jpegSha256);
    expect(await rate('jpeg-incompressibility', image)).toBe(made.jpegBytes / 1000);
    expect(await rate('jpeg-compressibility', image)).toBe(-made.jpegBytes / 1000);
  });

  it('is as colourful and as symmetric as numpy says, but for rounding', async () => {
    expect(await rate('colourfulness', image)).toBeCloseTo(made.colourfulness, 8);
    expect(await rate('symmetry', image)).toBeCloseTo(made.symmetry, 12);
  });
});

describe('colourfulness', () => {
  it('is 0 for every picture of greys', () =>
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 30 }), (greys) => {
        expect(colourfulnessOf(paint(greys.length, 1, (x) => Array(3).fill(greys[x])))).toBe(0);
      }),
    ));

  it('does not depend on where the pixels are', () =>
    fc.assert(
      fc.property(anyPicture, (image) => {
        expect(colourfulnessOf(mirrored(image))).toBeCloseTo(colourfulnessOf(image), 10);
      }),
    ));

  it('grows in proportion with the distance from grey', () =>
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(40), fc.nat(40), fc.nat(40)), { minLength: 1, maxLength: 9 }), (colours) => {
        const row = (factor: number) =>
          paint(colours.length, 1, (x) => (colours[x] as number[]).map((value) => value * factor));
        expect(colourfulnessOf(row(6))).toBeCloseTo(6 * colourfulnessOf(row(1)), 8);
      }),
    ));
});

describe('symmetry', () => {
  it('is 1 for a picture beside its mirror image, and below for one that differs anywhere', () =>
    fc.assert(
      fc.property(anyPicture, (image) => {
        const flipped = mirrored(image);
        const both = paint(2 * image.width, image.height, (x, y) => {
          const [half, column] = x < image.width ? [image, x] : [flipped, x - image.width];
          const at = 3 * (y * image.width + column);
          return [...half.data.subarray(at, at + 3)];
        });
        expect(mirrorSymmetry(both)).toBe(1);
        both.data[0] = (both.data[0] as number) ^ 1;
        expect(mirrorSymmetry(both)).toBeLessThan(1);
      }),
    ));

  it('is between 0 and 1, and the same mirrored or upside down', () =>
    fc.assert(
      fc.property(anyPicture, (image) => {
        const symmetry = mirrorSymmetry(image);
        expect(symmetry).toBeGreaterThanOrEqual(0);
        expect(symmetry).toBeLessThanOrEqual(1);
        expect(mirrorSymmetry(mirrored(image))).toBe(symmetry);
        expect(mirrorSymmetry(upsideDown(image))).toBe(symmetry);
      }),
    ));

  it('is 0 where black stands against white', () => {
    expect(mirrorSymmetry(paint(4, 3, (x) => Array(3).fill(x < 2 ? 0 : 255)))).toBe(0);
  });
});

describe('CIELAB', () => {
  it.each([
    // From the tables of B. Lindbloom, sRGB with D65.
    [
      [255, 255, 255],
      [100, 0, 0],
    ],
    [
      [0, 0, 0],
      [0, 0, 0],
    ],
    [
      [255, 0, 0],
      [53.2408, 80.0925, 67.2032],
    ],
    [
      [0, 255, 0],
      [87.7347, -86.1827, 83.1793],
    ],
    [
      [0, 0, 255],
      [32.297, 79.1875, -107.8602],
    ],
  ] as const)('of %j is %j', ([red, green, blue], expected) => {
    for (const [i, value] of cielab(red, green, blue).entries()) expect(value).toBeCloseTo(expected[i] as number, 2);
  });

  it('is a distance of 0 only between equal colours', () =>
    fc.assert(
      fc.property(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255), (red, green, blue, other) => {
        const distance = deltaE(cielab(red, green, blue), cielab(red, other, blue));
        expect(distance === 0).toBe(green === other);
      }),
    ));
});

describe('palette', () => {
  const lab = (text: string) => parsePalette(text).map((colour) => cielab(...colour));

  it('is 0 for a picture of these colours only, and the mean distance else', async () => {
    expect(
      await rate(
        'palette:#ff8800,#003366',
        paint(3, 2, (x) => (x === 1 ? [255, 136, 0] : [0, 51, 102])),
      ),
    ).toBe(-0);
    const half = paint(2, 1, (x) => (x === 0 ? [0, 0, 0] : [255, 255, 255]));
    expect(await rate('palette:#000000', half)).toBeCloseTo(-50, 6);
  });

  it('never rates lower with one colour more', () =>
    fc.assert(
      fc.property(anyPicture, fc.nat(0xffffff), fc.nat(0xffffff), (image, first, second) => {
        const [one, two] = [first, second].map((n) => n.toString(16).padStart(6, '0'));
        expect(paletteDistance(image, lab(`${one},${two}`))).toBeLessThanOrEqual(paletteDistance(image, lab(`${one}`)));
      }),
    ));

  it('has one identity for one set of colours, and another for another', async () => {
    const identity = async (argument: string) => (await openScorer(`palette:${argument}`)).identity;
    expect(await identity('#FF8800, 003366')).toBe(await identity('#003366,#ff8800,#ff8800'));
    expect(await identity('#ff8800')).not.toBe(await identity('#ff8801'));
  });

  it('refuses what is not a colour', async () => {
    await expect(openScorer('palette:#ff8800,orange')).rejects.toThrow(
      "'orange' is not a colour. Write six hex digits",
    );
  });
});

it('keeps scores in the order of the pictures, however many', async () => {
  const items = Array.from({ length: 11 }, (_, i) => ({
    prompt: '',
    image: paint(i + 1, 8, (x, y) => [x * y, 0, 255]),
  }));
  const scorer = await openScorer('jpeg-incompressibility');
  const together = await scorer.score(items);
  for (const [i, item] of items.entries()) expect(together[i]).toBe((await scorer.score([item]))[0]);
});
