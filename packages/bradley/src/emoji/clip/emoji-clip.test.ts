import { join } from 'node:path';
import { openScorer } from '@bradley/evaluate';
import { decodeImage } from '@bradley/formats';
import { expect, it } from 'vitest';
import { pictureStem } from '../dataset.js';
import { emojiFolder, readEmojiNames } from '../names.js';
import { readEmojiPictures } from '../pictures.js';
import { openEmojiClip } from './open-emoji-clip.js';
import { heldOutDesign } from './recipe.js';
import { measureRetrieval } from './retrieval.js';

it('finds the prompts of pictures that it was not trained on, among all names', async () => {
  const names = await readEmojiNames();
  const pictures = (await readEmojiPictures(undefined, names.slice(0, 120))).filter(
    ({ name, designer }) => heldOutDesign(name) === designer,
  );
  const towers = await openEmojiClip(undefined, { threads: 1 });
  const found = await measureRetrieval(
    towers,
    pictures,
    names.map(({ name }) => name),
  );
  await towers.release();
  expect(found.pictures).toBeGreaterThan(40);
  expect(found.promptInFive / found.pictures).toBeGreaterThan(0.5); // chance: 5 of 322
  expect(found.rightOverWrong).toBeGreaterThan(0.95);
});

it('is the scorer emoji, which learnt from no comparison', async () => {
  const scorer = await openScorer('emoji', { threads: 1 });
  const image = await decodeImage(join(emojiFolder, 'comparisons', 'images', `${pictureStem('noto', 'tractor')}.webp`));
  const [right = 0, wrong = 0] = await scorer.score(['tractor', 'dog face'].map((prompt) => ({ prompt, image })));
  await scorer.release();
  expect(right).toBeGreaterThan(wrong + 10);
  expect([scorer.name, scorer.readsPrompt, scorer.learntFrom]).toEqual(['emoji', true, { raters: [], prompts: [] }]);
});

it('holds no picture back of which it has not seen the name in another design', async () => {
  const held = (await readEmojiNames()).map(({ name }) => heldOutDesign(name));
  expect(held.filter(Boolean).length).toBe(168);
  expect(new Set(held).size).toBe(4); // three designs, and none
});
