import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shownCases } from './evaluation-page.js';
import { choosePrompts, promptsOf } from './prompts.js';
import { seedsOf } from './seeds.js';

describe('what is drawn', () => {
  const prompts = ['a', 'b', ' a', 'c', 'd', 'e'].map((prompt, i) => ({ prompt, category: i < 4 ? 'x' : 'y' }));

  it('is every prompt once', () =>
    expect(choosePrompts({ prompts }, null).map(({ prompt }) => prompt)).toEqual(['a', 'b', 'c', 'd', 'e']));

  it('or at most so many, categories in turn', () =>
    expect(choosePrompts({ prompts }, 4).map(({ prompt }) => prompt)).toEqual(['a', 'd', 'b', 'e']));

  it('of the emoji, the held-out names with their categories', async () => {
    const { prompts: emoji } = await promptsOf('emoji');
    expect(emoji.length).toBeGreaterThan(50);
    expect(new Set(emoji.map(({ category }) => category)).size).toBe(5);
  });

  it('has seeds as numbers and ranges', () => {
    expect(seedsOf(['0..3', '7', '2'])).toEqual([0, 1, 2, 3, 7]);
    expect(() => seedsOf(['3..0'])).toThrow(/3\.\.0: write a number, or first\.\.last/);
    expect(() => seedsOf(['0..99999'])).toThrow(/at most/);
  });
});

it('a page shows each case once at most, and of many the greatest margins each way', () =>
  fc.assert(
    fc.property(fc.array(fc.double({ noNaN: true }), { maxLength: 60 }), (margins) => {
      const shown = shownCases(margins, 30);
      expect(shown).toHaveLength(Math.min(30, margins.length));
      expect(new Set(shown).size).toBe(shown.length);
      const values = shown.map((i) => margins[i] as number);
      if (margins.length > 0) {
        expect(values[0]).toBe(Math.max(...margins));
        expect(values.at(-1)).toBe(Math.min(...margins));
      }
    }),
  ));
