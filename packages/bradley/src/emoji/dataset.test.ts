import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { comparisonsOf, type EmojiComparison, writeEmojiComparisons } from './comparisons.js';
import { type EmojiCaption, writeEmojiDataset } from './dataset.js';
import { designers, emojiFolder, readEmojiNames } from './names.js';

const names = await readEmojiNames();
const few = names.slice(0, 8);
const shipped = join(emojiFolder, 'comparisons');
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'emoji-'));
});
afterAll(() => rm(folder, { recursive: true }));

const readLines = async <Row>(file: string): Promise<Row[]> =>
  (await readFile(file, 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

it('draws every name once by every designer, and keeps the designer out of the prompt', async () => {
  expect(await writeEmojiDataset(folder, few)).toBe(24);
  const captions = await readLines<EmojiCaption>(join(folder, 'captions.jsonl'));
  expect(captions.map(({ name, designer }) => `${designer} ${name}`).sort()).toEqual(
    few.flatMap(({ name }) => designers.map((designer) => `${designer} ${name}`)).sort(),
  );
  expect(captions.every(({ prompt, name }) => prompt === name)).toBe(true);
  for (const { file } of captions)
    expect(await sharp(join(folder, file)).metadata()).toMatchObject({ width: 64, height: 64, channels: 3 });
});

it('writes the same bytes again', async () => {
  const again = join(folder, 'again');
  await writeEmojiComparisons(again, few);
  for (const file of await readdir(join(again, 'images')))
    expect((await readFile(join(again, 'images', file))).equals(await readFile(join(shipped, 'images', file)))).toBe(
      true,
    );
});

it('ships three comparisons a name, of pictures that exist, with no name on both sides of the split', async () => {
  const train = await readLines<EmojiComparison>(join(shipped, 'train.jsonl'));
  const heldout = await readLines<EmojiComparison>(join(shipped, 'heldout.jsonl'));
  for (const [split, rows] of Object.entries({ train, heldout }))
    expect(rows).toEqual(names.filter((name) => name.split === split).flatMap(comparisonsOf));
  expect(train.length + heldout.length).toBe(3 * names.length);
  const trained = new Set(train.map(({ prompt }) => prompt));
  expect(heldout.filter(({ prompt }) => trained.has(prompt))).toEqual([]);
  const media = new Set(
    [...train, ...heldout].flatMap(({ candidates }) => candidates.map((candidate) => candidate.media)),
  );
  expect(media.size).toBe(3 * names.length);
  const sizes = await Promise.all([...media].map(async (file) => (await stat(join(shipped, file))).size));
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(4_000_000);
});
