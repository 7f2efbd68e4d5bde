import { expect, it } from 'vitest';
import { decodeImage, type RgbImage } from './image.js';
import { imageGrid } from './image-grid.js';

const plain = (width: number, height: number, colour: readonly number[]): RgbImage => ({
  width,
  height,
  data: Uint8Array.from({ length: 3 * width * height }, (_, i) => colour[i % 3] as number),
});

const pixel = ({ width, data }: RgbImage, x: number, y: number) => [
  ...data.subarray(3 * (y * width + x), 3 * (y * width + x) + 3),
];

it('lays pictures out row by row on white', async () => {
  const colours = [
    [255, 0, 0],
    [0, 255, 0],
    [0, 0, 255],
  ];
  const grid = await decodeImage(
    await imageGrid(
      colours.map((colour) => plain(8, 6, colour)),
      2,
    ),
  );
  expect([grid.width, grid.height]).toEqual([4 + 2 * 12, 4 + 2 * 10]);
  expect(pixel(grid, 4, 4)).toEqual(colours[0]);
  expect(pixel(grid, 16, 4)).toEqual(colours[1]);
  expect(pixel(grid, 4, 14)).toEqual(colours[2]);
  expect(pixel(grid, 16, 14)).toEqual([255, 255, 255]);
});

it('writes labels, markup and control characters included, below their pictures', async () => {
  const labels = ['a <b> & "c"', 'line\nbreak \u0000 \ud800'];
  const grid = await decodeImage(await imageGrid([plain(90, 10, [9, 9, 9]), plain(90, 10, [9, 9, 9])], 2, labels));
  expect([grid.width, grid.height]).toEqual([4 + 2 * 94, 4 + 10 + 22 + 4]);
  expect(pixel(grid, 4, 4)).toEqual([9, 9, 9]);
});

it('refuses nothing to show, and labels that do not fit the pictures', async () => {
  await expect(imageGrid([], 2)).rejects.toThrow(/needs a picture/);
  await expect(imageGrid([plain(1, 1, [0, 0, 0])], 1, ['a', 'b'])).rejects.toThrow(/as many labels/);
});
