import { describe, expect, it } from 'vitest';
import { plantedPairs } from './comparisons.js';
import { recoloured, turnedHue, turnedWish } from './recolour.js';
import { hues, look, type Pixels, side, utility, wishes } from './world.js';

const flat = (colour: readonly number[]): Pixels =>
  Uint8Array.from({ length: 3 * side * side }, (_, i) => colour[i % 3] as number);
const angleBetween = (a: number, b: number): number => Math.abs(Math.atan2(Math.sin(a - b), Math.cos(a - b)));

describe('turning hues', () => {
  it('takes red to green by a third and to cyan by a half, and leaves a grey', () => {
    expect([...turnedHue(flat([200, 40, 40]), 4).subarray(0, 3)]).toEqual([40, 200, 40]);
    expect([...turnedHue(flat([200, 40, 40]), 8).subarray(0, 3)]).toEqual([40, 40, 200]);
    const [r = 0, g = 0, b = 0] = turnedHue(flat([200, 40, 40]), 6);
    expect([g - r, b - g]).toEqual([160, 0]);
    expect([...turnedHue(flat([90, 90, 90]), 5).subarray(0, 3)]).toEqual([90, 90, 90]);
  });

  it.each(hues.map((_, twelfths) => twelfths))(
    'by %i twelfths turns what the utility sees, and keeps its chroma',
    (twelfths) => {
      for (const { pictures } of plantedPairs('train', { count: 20, flipped: 0, seed: 5 })) {
        const [before, after] = [look(pictures[0]), look(turnedHue(pictures[0], twelfths))];
        if (!before || !after) throw new Error('there is colour in every picture');
        expect(angleBetween(after.hue, before.hue + (Math.PI * twelfths) / 6)).toBeLessThan(0.02);
        expect(after.share).toBeCloseTo(before.share, 2);
        expect(after.chroma).toBeLessThan(before.chroma + 0.01);
        if (before.chroma < 0.85) expect(after.chroma).toBeGreaterThan(before.chroma - 0.01);
      }
    },
  );
});

describe('a comparison in other hues', () => {
  const pairs = plantedPairs('train', { count: 30, flipped: 0.2, seed: 2 });
  const learnt = new Set(pairs.map(({ wish }) => wish.prompt));
  const copies = pairs.map((pair) => ({ pair, copies: recoloured(pair, learnt) }));

  it('is the comparison first, then only ones of prompts that are learnt, each once', () => {
    for (const { pair, copies: made } of copies) {
      expect(made[0]).toEqual(pair);
      const prompts = made.map(({ wish }) => wish.prompt);
      expect(prompts.every((prompt) => learnt.has(prompt))).toBe(true);
      expect(new Set(prompts).size).toBe(prompts.length);
      const turns = hues.map((_, twelfths) => turnedWish(pair.wish, twelfths).prompt);
      expect(prompts).toHaveLength(turns.filter((prompt) => learnt.has(prompt)).length);
    }
    expect(copies.reduce((sum, { copies: made }) => sum + made.length, 0)).toBeGreaterThan(60);
  });

  it('keeps what was said, and nearly how much better one picture is', () => {
    const changes = copies.flatMap(({ pair, copies: made }) => {
      const better = ({ wish, pictures: [a, b] }: typeof pair): number => utility(a, wish) - utility(b, wish);
      return made.map((copy) => {
        expect(copy.label).toBe(pair.label);
        return Math.abs(better(copy) - better(pair));
      });
    });
    expect(changes.reduce((sum, change) => sum + change, 0) / changes.length).toBeLessThan(0.01);
  });

  it('comes back to every prompt after a whole turn', () => {
    for (const wish of wishes) expect(turnedWish(turnedWish(wish, 5), 7)).toBe(wish);
  });
});
