import { join } from 'node:path';
import { expect, it } from 'vitest';
import { emojiFolder, readEmojiNames } from './names.js';
import { indexPictures, nearestPictures, recognisedPrompts } from './nearest.js';
import { readEmojiPictures } from './pictures.js';

const names = await readEmojiNames();
const pictures = await readEmojiPictures(join(emojiFolder, 'comparisons'), names.slice(0, 20));
const index = indexPictures(pictures);

it('finds a picture nearest to itself, at no distance, and the others in order', () => {
  for (const { name, image } of pictures.slice(0, 6)) {
    const found = nearestPictures(image, index, 5);
    expect(found[0]).toEqual({ name, distance: 0 });
    expect(found.map(({ distance }) => distance)).toEqual(found.map(({ distance }) => distance).sort((a, b) => a - b));
    expect(found).toHaveLength(5);
  }
});

it('measures the root mean square difference', () => {
  const flat = (value: number) => new Float32Array(3 * 64 * 64).fill(value);
  const [found] = nearestPictures(flat(0.5), indexPictures([{ name: 'flat', image: flat(0.25) }]), 1);
  expect(found).toEqual({ name: 'flat', distance: 0.25 });
});

it('recognises the prompts whose own picture is among the nearest', () => {
  const [airplane, alien] = [pictures[0], pictures[3]];
  const samples = [
    { prompt: 'airplane', image: airplane?.image as Float32Array },
    { prompt: 'alien', image: airplane?.image as Float32Array },
  ];
  expect(alien?.name).toBe('alien');
  expect(recognisedPrompts(samples, index, 1)).toEqual({ count: 1, total: 2, recognised: ['airplane'] });
});

it('refuses a prompt that no picture is called by', () => {
  expect(() => recognisedPrompts([{ prompt: 'zeppelin', image: new Float32Array(3 * 64 * 64) }], index)).toThrow(
    /"zeppelin" is the name of no picture/,
  );
});
