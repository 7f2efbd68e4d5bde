import { expect, it } from 'vitest';
import { measureRetrieval } from './retrieval.js';

/** Towers that take the embedding from what they are given: of a prompt its number, of a picture its numbers. */
const towers = {
  embedPrompts: async (prompts: readonly string[]) =>
    prompts.map((p) => Float32Array.from({ length: 8 }, (_, i) => (i === Number(p) ? 1 : 0))),
  embedPictures: async (images: readonly Float32Array[]) => [...images],
};
const prompts = Array.from({ length: 8 }, (_, i) => `${i}`);

it('counts first, among five, and right above wrong', async () => {
  const pictures = [
    { name: '0', image: Float32Array.of(9, 1, 2, 3, 4, 5, 6, 7) }, // first
    { name: '1', image: Float32Array.of(0, 4, 9, 9, 9, 3, 2, 1) }, // fourth
    { name: '2', image: Float32Array.of(1, 2, 0, 3, 4, 5, 6, 7) }, // last
  ];
  expect(await measureRetrieval(towers, pictures, prompts)).toEqual({
    pictures: 3,
    prompts: 8,
    promptFirst: 1,
    promptInFive: 2,
    pictureFirst: 2, // prompt 2 prefers the second picture to its own
    rightOverWrong: 1 - (0 + 3 + 7) / 21,
  });
});

it('gives what cannot tell no credit for equal scores of pictures', async () => {
  const same = ['0', '1'].map((name) => ({ name, image: new Float32Array(8).fill(1) }));
  expect((await measureRetrieval(towers, same, prompts)).pictureFirst).toBe(0);
});
