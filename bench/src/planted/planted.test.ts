import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isHeldOut } from '@bradley/preferences';
import { describe, expect, it } from 'vitest';
import { leastDifference, plantedPairs, split } from './comparisons.js';
import { recipe } from './recipe.js';
import { runPlanted } from './run-planted.js';
import { drawPicture, side, utility, type Wish, wishes } from './world.js';

const red: Wish = wishes.find(({ prompt }) => prompt === 'large red square') as Wish;
/** A square of one colour on white, `rows` rows high. */
const square = (colour: readonly number[], rows: number): Uint8Array =>
  Uint8Array.from({ length: 3 * side * side }, (_, i) =>
    Math.floor(i / 3 / side) < rows ? (colour[i % 3] as number) : 255,
  );

describe('the planted utility', () => {
  it('is the one computed by hand: a red half on white, of which 0.34 was asked', () => {
    const fit = Math.exp(-((Math.log(0.5 / 0.34) / 0.6) ** 2));
    expect(utility(square([255, 0, 0], side / 2), red)).toBeCloseTo(1 + 0.5 * fit, 6);
    expect(utility(square([0, 255, 255], side / 2), red)).toBeCloseTo(-0.5 * fit, 6);
  });

  it('likes saturation and the right size on the right hue, and dislikes the right size on the wrong one', () => {
    const of = (colour: readonly number[], rows: number) => utility(square(colour, rows), red);
    expect(of([255, 0, 0], 22)).toBeGreaterThan(of([255, 128, 128], 22));
    expect(of([255, 0, 0], 22)).toBeGreaterThan(of([255, 0, 0], 4));
    expect(of([0, 255, 255], 22)).toBeLessThan(of([0, 255, 255], 4));
  });

  it('is of pixels alone: the same picture has another for another prompt', () => {
    const picture = drawPicture(red, { seed: 1, stream: 'test', step: 0, index: 0 });
    expect(new Set(wishes.map((wish) => utility(picture, wish).toFixed(6))).size).toBe(36);
  });
});

describe('planted comparisons', () => {
  const options = { count: 100, flipped: 0.15, seed: 3 };
  it('have exactly the share of wrong labels, and no pair that is too close', () => {
    const pairs = plantedPairs('train', options);
    expect(pairs.filter(({ better, label }) => better !== label)).toHaveLength(15);
    for (const { wish, pictures, better } of pairs) {
      const [a, b] = pictures.map((picture) => utility(picture, wish)) as [number, number];
      expect(Math.abs(a - b)).toBeGreaterThanOrEqual(leastDifference);
      expect(better).toBe(a > b ? 0 : 1);
    }
  });

  it('share no prompt between what is learnt and what is judged', () => {
    const prompts = (which: 'train' | 'unseen') => plantedPairs(which, options).map(({ wish }) => wish.prompt);
    expect(prompts('train').some((prompt) => isHeldOut(prompt, split(3)))).toBe(false);
    expect(prompts('unseen').every((prompt) => isHeldOut(prompt, split(3)))).toBe(true);
  });
});

it('a model learns more than chance from a few of them, through files, a run and its scorer', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'bradley-planted-'));
  try {
    const few = { ...recipe, comparisons: 300, judged: 200, training: { ...recipe.training, steps: 120 } };
    const { unseen } = await runPlanted(folder, 0, few, 1);
    expect(unseen.count / unseen.total).toBeGreaterThan(0.62);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
