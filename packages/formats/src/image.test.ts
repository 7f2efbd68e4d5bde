import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeImage, encodePng, fromModelRange, ImageError, imageSize } from './image.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'image-'));
});
afterAll(() => rm(folder, { recursive: true }));

const red = [255, 0, 0];
const blue = [0, 0, 255];

describe('decoding', () => {
  it('reads back the pixels of a PNG, from bytes and from a file', async () => {
    const data = Uint8Array.from({ length: 3 * 5 * 7 }, (_, i) => (i * 37) % 256);
    const png = await encodePng(data, 5, 7);
    await writeFile(join(folder, 'a.png'), png);
    for (const source of [png, join(folder, 'a.png')]) {
      expect(await decodeImage(source)).toEqual({ width: 5, height: 7, data });
    }
  });

  it('puts transparent parts on white', async () => {
    const rgba = Buffer.from([...red, 255, ...red, 0]);
    const png = await sharp(rgba, { raw: { width: 2, height: 1, channels: 4 } })
      .png()
      .toBuffer();
    expect([...(await decodeImage(png)).data]).toEqual([...red, 255, 255, 255]);
  });

  it('turns the picture by its EXIF orientation', async () => {
    const lying = sharp(Buffer.from([...red, ...blue]), { raw: { width: 2, height: 1, channels: 3 } });
    const tiff = await lying.withMetadata({ orientation: 6 }).tiff({ compression: 'lzw' }).toBuffer();
    expect(await decodeImage(tiff)).toEqual({ width: 1, height: 2, data: Uint8Array.from([...red, ...blue]) });
    expect(await imageSize(tiff)).toEqual({ width: 1, height: 2 });
  });

  it('makes RGB of grey, of 16 bits and of a palette', async () => {
    const grey = sharp(Buffer.from([0, 128, 255]), { raw: { width: 3, height: 1, channels: 1 } });
    const files = [
      await grey.clone().png().toBuffer(),
      await grey.clone().toColourspace('grey16').png().toBuffer(),
      await grey.clone().png({ palette: true }).toBuffer(),
    ];
    for (const file of files)
      expect([...(await decodeImage(file)).data]).toEqual([0, 0, 0, 128, 128, 128, 255, 255, 255]);
  });

  it('takes the first frame of an animation', async () => {
    const frames = Buffer.from([...red, ...blue]);
    const gif = await sharp(frames, { raw: { width: 1, height: 2, channels: 3, pageHeight: 1 } })
      .gif()
      .toBuffer();
    expect(await decodeImage(gif)).toEqual({ width: 1, height: 1, data: Uint8Array.from(red) });
    expect(await imageSize(gif)).toEqual({ width: 1, height: 1 });
  });
});

describe('refusing', () => {
  it('says which limit a large picture breaks, before decoding it', async () => {
    const png = await encodePng(new Uint8Array(3 * 40 * 30), 40, 30);
    await expect(decodeImage(png, { maxPixels: 1199, name: 'big.png' })).rejects.toThrow(/big\.png: .*1199/);
    expect((await decodeImage(png, { maxPixels: 1200 })).width).toBe(40);
  });

  it('is not fooled by a header that promises ten thousand million pixels', async () => {
    const bomb = Buffer.from(await encodePng(new Uint8Array(3), 1, 1));
    bomb.writeUInt32BE(100_000, 16);
    bomb.writeUInt32BE(100_000, 20);
    bomb.writeUInt32BE(crc32(bomb.subarray(12, 29)), 29);
    await expect(decodeImage(bomb)).rejects.toThrow(ImageError);
  });

  it.each<[string, string | Uint8Array]>([
    ['text', 'this is not an image'],
    ['nothing', ''],
    ['SVG', '<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"><rect width="4" height="4"/></svg>'],
  ])('names a file that is %s', async (_, content) => {
    const path = join(folder, 'not-an-image.png');
    await writeFile(path, content);
    await expect(decodeImage(path)).rejects.toThrow(ImageError);
    await expect(decodeImage(path)).rejects.toThrow(/not-an-image\.png/);
    await expect(imageSize(Buffer.from('no picture'), 'a.png')).rejects.toThrow(/a\.png: cannot be read as an image/);
  });

  it('names a file that is missing', async () => {
    await expect(decodeImage(join(folder, 'gone.png'))).rejects.toThrow(/gone\.png/);
  });

  it('refuses a picture that is cut short', async () => {
    const noise = Uint8Array.from({ length: 3 * 64 * 64 }, (_, i) => (i * i * 31) % 251);
    for (const format of ['png', 'jpeg', 'webp'] as const) {
      const whole = await sharp(noise, { raw: { width: 64, height: 64, channels: 3 } })
        .toFormat(format)
        .toBuffer();
      await expect(decodeImage(whole.subarray(0, whole.length / 2)), format).rejects.toThrow(ImageError);
    }
  });

  it('gives a picture or an ImageError for any mutation', async () => {
    const noise = Uint8Array.from({ length: 3 * 16 * 16 }, (_, i) => (i * i * 31) % 251);
    const source = sharp(noise, { raw: { width: 16, height: 16, channels: 3 } });
    const files = await Promise.all(
      (['png', 'jpeg', 'webp', 'gif'] as const).map((format) => source.clone().toFormat(format).toBuffer()),
    );
    const edits = fc.array(fc.tuple(fc.nat(200), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...files), edits, async (file, changes) => {
        const bytes = Uint8Array.from(file);
        for (const [at, byte] of changes) bytes[at] = byte;
        try {
          const { width, height, data } = await decodeImage(bytes, { maxPixels: 10_000 });
          expect(data.length).toBe(3 * width * height);
        } catch (error) {
          if (!(error instanceof ImageError)) throw error;
        }
      }),
      { numRuns: 150 },
    );
  });
});

describe('encoding', () => {
  it('clamps and rounds a model output as diffusers does', () => {
    const output = Float32Array.of(-2, -1, 0, 1, 7, 1 / 255);
    expect([...fromModelRange(output)]).toEqual([0, 128, 255, 0, 255, 128]); // pixels (-2, 0, 7) and (-1, 1, 1/255)
  });

  it('refuses an output that is not numbers, and one of another size', async () => {
    await expect(encodePng(Float32Array.of(0, Number.NaN, 0), 1, 1)).rejects.toThrow(/not numbers/);
    await expect(encodePng(new Uint8Array(11), 2, 2)).rejects.toThrow(/takes 12 values but there are 11/);
  });
});
