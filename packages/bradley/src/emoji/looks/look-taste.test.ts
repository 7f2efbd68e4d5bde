import { expect, it } from 'vitest';
import { categories, readEmojiNames } from '../names.js';
import { lookFlipped, lookUtility, measureLook } from './look-taste.js';
import { nameSetOf } from './name-sets.js';
import { lookPersonaScorer } from './persona-scorer.js';

/** Paper with so many pixels of a colour on it. */
const picture = (colour: readonly [number, number, number], inked: number) => ({
  width: 4,
  height: 4,
  data: Uint8Array.from({ length: 48 }, (_, i) => (Math.floor(i / 3) < inked ? (colour[i % 3] as number) : 255)),
});
const [orange, blue] = [
  [200, 120, 40],
  [40, 120, 200],
] as const;

it('measures what is drawn, whatever its size, and nothing of the paper', () => {
  const large = measureLook(picture(orange, 12));
  const small = measureLook(picture(orange, 3));
  for (const axis of ['warm', 'light', 'vivid'] as const) expect(small[axis]).toBeCloseTo(large[axis], 10);
  expect(large.warm).toBeCloseTo(160 / 255, 10);
  expect(measureLook(picture(orange, 0))).toEqual({ warm: 0, light: 0, vivid: 0 });
});

it('likes warm what lives and cool what does not, and light alike', () => {
  for (const category of categories) {
    const lives = category === 'animals & nature' || category === 'faces & people';
    const preferred = lookUtility(category, picture(orange, 8)) > lookUtility(category, picture(blue, 8));
    expect(preferred, category).toBe(lives);
    expect(lookUtility(category, picture([130, 130, 130], 8))).toBeGreaterThan(
      lookUtility(category, picture([90, 90, 90], 8)),
    );
  }
});

it('is the same rule as a scorer, and refuses a prompt that it has no taste in', async () => {
  const scorer = await lookPersonaScorer();
  const [dog, violin] = await scorer.score(
    ['dog face', 'violin'].map((prompt) => ({ prompt, image: picture(blue, 5) })),
  );
  expect(dog).toBe(lookUtility('animals & nature', picture(blue, 5)));
  expect(violin).toBe(lookUtility('objects', picture(blue, 5)));
  await expect(scorer.score([{ prompt: 'democracy', image: picture(blue, 5) }])).rejects.toThrow(
    '"democracy" is no name',
  );
});

it('answers about one comparison in ten against its taste, always the same ones', () => {
  const flipped = Array.from({ length: 2000 }, (_, i) => lookFlipped(`dog-${i}`));
  const share = flipped.filter(Boolean).length / flipped.length;
  expect(share).toBeGreaterThan(0.08);
  expect(share).toBeLessThan(0.12);
  expect(lookFlipped('dog-1')).toBe(flipped[1]);
  expect(lookFlipped('dog-1', 1)).toBe(true);
});

it('parts the names in three: whoever is held out stays held out, the others fall in halves', async () => {
  const names = await readEmojiNames();
  const count = (set: string) => names.filter((name) => nameSetOf(name) === set).length;
  expect([count('labelling'), count('judge'), count('heldout')]).toEqual([125, 119, 78]);
  for (const name of names) expect(nameSetOf(name) === 'heldout').toBe(name.split === 'heldout');
});
