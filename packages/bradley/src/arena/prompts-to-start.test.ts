import { expect, it } from 'vitest';
import { readEmojiNames } from '../emoji/names.js';
import { promptsToStart } from './prompts-to-start.js';

it('gives names of the emoji model, none twice before all have come', async () => {
  const names = new Set((await readEmojiNames()).map(({ name }) => name));
  const prompts = promptsToStart(120, 3);
  expect(prompts.filter((prompt) => !names.has(prompt))).toEqual([]);
  expect(new Set(prompts).size).toBe(120);
  expect(promptsToStart(500, 3)).toHaveLength(500);
});

it('gives the same for the same seed, another order for another, and the rest of an order by its offset', () => {
  expect(promptsToStart(20, 1)).toEqual(promptsToStart(20, 1));
  expect(promptsToStart(20, 1)).not.toEqual(promptsToStart(20, 2));
  expect(promptsToStart(20, 1, 10)).toEqual(promptsToStart(30, 1).slice(10));
});
