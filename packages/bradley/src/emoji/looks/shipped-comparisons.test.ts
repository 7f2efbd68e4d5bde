import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeImage } from '@bradley/formats';
import { type Comparison, openComparisons } from '@bradley/preferences';
import { expect, it } from 'vitest';
import { type Category, type EmojiName, readEmojiNames } from '../names.js';
import { lookComparisonsFolder } from './folders.js';
import { lookFlipped, lookPersona, lookUtility, measureLook } from './look-taste.js';
import { nameSetOf } from './name-sets.js';
import { type ComparedLooks, promptBlindAgreement, promptBlindBaseline } from './prompt-blind.js';

const names = new Map((await readEmojiNames()).map((name) => [name.name, name]));

async function read(file: string): Promise<{ record: Comparison; looks: ComparedLooks; liked: number }[]> {
  const source = await openComparisons(join(lookComparisonsFolder, file));
  const rows: { record: Comparison; looks: ComparedLooks; liked: number }[] = [];
  for await (const row of source) {
    if ('refused' in row) throw new Error(row.refused);
    const { record } = row;
    const images = await Promise.all(record.candidates.map(async (of) => decodeImage(await source.loadMedia(of))));
    const utilities = images.map((image) => lookUtility(names.get(record.prompt)?.category as Category, image));
    const looks = images.map(measureLook);
    const index = record.outcome.kind === 'winner' ? record.outcome.index : -1;
    const compared = { chosen: looks[index], rejected: looks[1 - index] } as ComparedLooks;
    rows.push({ record, looks: compared, liked: Number(utilities[0]) >= Number(utilities[1]) ? 0 : 1 });
  }
  return rows;
}
const train = await read('train.jsonl');
const heldOut = await read('heldout.jsonl');

it('are 500 to learn from, on names that no judge learnt, and 156 on names that nobody learnt', () => {
  expect([train.length, heldOut.length]).toEqual([500, 156]);
  const setsOf = (rows: typeof train) => [
    ...new Set(rows.map(({ record }) => nameSetOf(names.get(record.prompt) as EmojiName))),
  ];
  expect(setsOf(train)).toEqual(['labelling']);
  expect(setsOf(heldOut)).toEqual(['heldout']);
});

it('are answered by the persona’s rule about the pictures as they ship, one in ten against it, and none that is held out', () => {
  for (const [rows, rate] of [
    [train, 0.1],
    [heldOut, 0],
  ] as const)
    for (const { record, liked } of rows) {
      expect(record.rater).toBe(lookPersona);
      expect(record.outcome).toEqual({ kind: 'winner', index: lookFlipped(record.id, rate) ? 1 - liked : liked });
    }
  expect(train.filter(({ record }) => lookFlipped(record.id)).length).toBe(48);
});

it('bring no picture that no comparison shows', async () => {
  const shown = new Set([...train, ...heldOut].flatMap(({ record }) => record.candidates.map(({ media }) => media)));
  const there = await readdir(join(lookComparisonsFolder, 'images'));
  expect(there.map((name) => `images/${name}`).sort()).toEqual([...shown].sort());
  const sizes = await Promise.all(there.map((name) => readFile(join(lookComparisonsFolder, 'images', name))));
  expect(sizes.reduce((sum, { length }) => sum + length, 0)).toBeLessThan(2_000_000);
});

it('leave room above the best rule that reads no prompt: always the lighter', () => {
  const baseline = promptBlindBaseline(train.map(({ looks }) => looks));
  expect(baseline.name).toBe('always the lighter');
  const share =
    promptBlindAgreement(
      baseline,
      heldOut.map(({ looks }) => looks),
    ) / heldOut.length;
  expect(share).toBeGreaterThan(0.5);
  expect(share).toBeLessThan(0.7);
});
