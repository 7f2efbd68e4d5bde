import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isHeldOut } from '@bradley/preferences';
import { describe, expect, it } from 'vitest';
import { captionOf, captionWords } from './captions.js';
import { leastDifference, type Prompted, plantedPairs, split } from './comparisons.js';
import { recipe } from './recipe.js';
import { runPlanted } from './run-planted.js';
import { teachClip } from './teach-clip.js';
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

  it('part the training prompts again to choose settings on', () => {
    const of = (which: Prompted) => new Set(plantedPairs(which, options).map(({ wish }) => wish.prompt));
    const [developing, tried, unseen] = [of('developing'), of('tried'), of('unseen')];
    expect([...tried].filter((prompt) => developing.has(prompt) || unseen.has(prompt))).toEqual([]);
    expect([...developing].filter((prompt) => unseen.has(prompt))).toEqual([]);
  });
});

describe('captions', () => {
  it('say what is seen, and are never a prompt', () => {
    const seen = { hue: 0.02, chroma: 0.95, share: 0.33 };
    const captions = Array.from({ length: 500 }, (_, index) =>
      captionOf(seen, 'square', { seed: 0, stream: 'test', step: 0, index }),
    );
    expect(captions).toContain('large vivid red square');
    expect(captions.every((caption) => caption.split(' ').every((word) => captionWords.includes(word)))).toBe(true);
    expect(captions.some((caption) => /small|pale|cyan|disc/.test(caption))).toBe(false);
    expect(captions.filter((caption) => wishes.some(({ prompt }) => prompt === caption))).toEqual([]);
  });
});

it('a CLIP taught captions for a moment learns more than chance from a few comparisons', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'bradley-planted-'));
  try {
    const { teaching } = recipe;
    const brief = { ...teaching, pictures: 1024, train: { ...teaching.train, steps: 80, batch: 48, warmup: 10 } };
    const clip = await teachClip(folder, brief, 1);
    const few = { ...recipe, comparisons: 100, judged: 200, training: { ...recipe.training, steps: 60 } };
    const { unseen } = await runPlanted(folder, clip, few, { seed: 0, threads: 1, developing: false });
    expect(unseen.count / unseen.total).toBeGreaterThan(0.62);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
