import { join } from 'node:path';
import { openComparisons } from '@bradley/preferences';
import { describe, expect, it } from 'vitest';
import { comparisonsOf, readEmojiComparisons } from './comparisons.js';
import { emojiFolder, readEmojiNames } from './names.js';
import { agreementOf, preferredDesignerBaseline } from './preferred-designer.js';

const names = await readEmojiNames();
const train = await readEmojiComparisons('train');
const heldout = await readEmojiComparisons('heldout');

it('reads every shipped comparison, without a refusal, as it was made', async () => {
  expect(train).toEqual(names.filter(({ split }) => split === 'train').flatMap(comparisonsOf));
  for (const split of ['train', 'heldout']) {
    const source = await openComparisons(join(emojiFolder, 'comparisons', `${split}.jsonl`));
    for await (const row of source) expect(row).toHaveProperty('record');
  }
});

describe('always the most preferred designer', () => {
  const baseline = preferredDesignerBaseline(train, heldout, names);

  it('is the order that agrees with most training comparisons', () => {
    const [a, b, c] = baseline.order as [never, never, never];
    for (const other of [
      [a, c, b],
      [b, a, c],
      [b, c, a],
      [c, a, b],
      [c, b, a],
    ])
      expect(agreementOf(other, train).count).toBeLessThanOrEqual(baseline.train.count);
  });

  it('leaves room above it on held-out comparisons', () => {
    expect(baseline.heldout.total).toBe(234);
    expect(baseline.heldout.count / baseline.heldout.total).toBeLessThan(0.65);
  });

  it('counts every held-out comparison in one category', () => {
    const counts = Object.values(baseline.heldoutByCategory);
    expect(counts.reduce((sum, { total }) => sum + total, 0)).toBe(baseline.heldout.total);
    expect(counts.reduce((sum, { count }) => sum + count, 0)).toBe(baseline.heldout.count);
  });

  it('refuses an outcome that names no winner', () => {
    const tie = { ...heldout[0], outcome: { kind: 'tie' } } as (typeof heldout)[number];
    expect(() => agreementOf(['noto', 'fluent', 'twemoji'], [tie])).toThrow(/the outcome is tie, expected a winner/);
  });
});
