import { expect, it } from 'vitest';
import { comparisonGrid } from './comparison-grid.js';
import { decodeImage, type RgbImage } from './image.js';

const plain = (width: number, height: number, colour: readonly number[]): RgbImage => ({
  width,
  height,
  data: Uint8Array.from({ length: 3 * width * height }, (_, i) => colour[i % 3] as number),
});
const pixel = ({ width, data }: RgbImage, x: number, y: number) => [
  ...data.subarray(3 * (y * width + x), 3 * (y * width + x) + 3),
];
const [red, blue] = [
  [255, 0, 0],
  [0, 0, 255],
];
/** Whether anything is written in a rectangle. */
const inked = (image: RgbImage, x: number, y: number, width: number, height: number): boolean =>
  Array.from({ length: width * height }, (_, i) => pixel(image, x + (i % width), y + Math.floor(i / width))).some(
    ([r = 255]) => r < 128,
  );

it('has a column a model under its name, and a row a caption, small pictures enlarged', async () => {
  const columns = [
    { name: 'base', images: [plain(64, 64, red), plain(64, 64, red)] },
    { name: 'step 100', images: [plain(64, 64, blue), plain(64, 64, blue)] },
  ];
  const grid = await decodeImage(await comparisonGrid(columns, ['a cat & a <dog>', 'b \u0000 \ud800']));
  expect([grid.width, grid.height]).toEqual([8 + 2 * 200, 36 + 2 * (40 + 192 + 16)]);
  expect(pixel(grid, 8, 76)).toEqual(red);
  expect(pixel(grid, 8 + 191, 76 + 191)).toEqual(red);
  expect(pixel(grid, 208, 76)).toEqual(blue);
  expect(pixel(grid, 208, 76 + 248)).toEqual(blue);
  expect(inked(grid, 8, 4, 190, 30)).toBe(true); // base
  expect(inked(grid, 208, 4, 190, 30)).toBe(true); // step 100
  expect(inked(grid, 8, 56, 190, 20)).toBe(true); // the caption, just above its pictures
});

it('makes large pictures smaller, and long captions end', async () => {
  const grid = await decodeImage(
    await comparisonGrid([{ name: 'base', images: [plain(1024, 768, blue)] }], ['word '.repeat(400)]),
  );
  expect([grid.width, grid.height]).toEqual([8 + 520, 36 + 40 + 384 + 16]);
  expect(inked(grid, 0, 40, 528, 16)).toBe(true);
  expect(inked(grid, 0, 56, 528, 16)).toBe(true);
});

it('refuses columns of another length than the captions, and nothing', async () => {
  await expect(comparisonGrid([{ name: 'base', images: [] }], ['a'])).rejects.toThrow('0 in base');
  await expect(comparisonGrid([], [])).rejects.toThrow('no column');
});
