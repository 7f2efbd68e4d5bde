import { expect, it } from 'vitest';
import { categories, designers, readEmojiNames, splitOf } from './names.js';
import { readIconSet } from './render.js';

const names = await readEmojiNames();

it('lists between three and five hundred names, each once', () => {
  expect(names.length).toBeGreaterThanOrEqual(300);
  expect(names.length).toBeLessThanOrEqual(500);
  expect(new Set(names.map(({ name }) => name)).size).toBe(names.length);
});

it('lists only emoji that all three designs draw', async () => {
  for (const designer of designers) {
    const { icons } = await readIconSet(designer);
    expect(names.filter((entry) => !(entry.icons[designer] in icons))).toEqual([]);
  }
});

it('splits by the hash of the name, about a quarter held out, in every category', () => {
  expect(names.every(({ name, split }) => split === splitOf(name))).toBe(true);
  const heldout = names.filter(({ split }) => split === 'heldout');
  expect(heldout.length / names.length).toBeGreaterThan(0.2);
  expect(heldout.length / names.length).toBeLessThan(0.3);
  for (const category of categories)
    expect(heldout.filter((entry) => entry.category === category).length).toBeGreaterThan(5);
});
