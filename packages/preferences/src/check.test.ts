import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodePng } from '@bradley/formats';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { checkComparisons } from './check.js';
import { formatCheck } from './format-check.js';
import { openComparisons } from './open.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'check-'));
  await mkdir(join(folder, 'images'));
  const image = (name: string, grey: number, size: number) =>
    encodePng(new Uint8Array(3 * size * size).fill(grey), size, size).then((png) =>
      writeFile(join(folder, 'images', name), png),
    );
  await image('black.png', 0, 8);
  await image('black-copy.png', 0, 8);
  await image('white.png', 255, 8);
  await image('large.png', 255, 100);
  await writeFile(join(folder, 'images', 'text.png'), 'not an image');
});
afterAll(() => rm(folder, { recursive: true }));

const line = (a: string, b: string, more: object = {}) =>
  JSON.stringify({
    id: 'x',
    prompt: 'a fox',
    candidates: [{ media: `images/${a}.png`, model: 'sd15' }, { media: `images/${b}.png` }],
    outcome: { kind: 'winner', index: 0 },
    ...more,
  });

async function check(lines: string[], options = {}) {
  const path = join(folder, 'set.jsonl');
  await writeFile(path, lines.join('\n'));
  return checkComparisons(await openComparisons(path), options);
}

it('finds nothing wrong with a sound set, and counts what is in it', async () => {
  const report = await check([
    line('black', 'white'),
    line('black', 'white', { prompt: 'an owl', outcome: { kind: 'tie' }, rater: 'ada' }),
    line('white', 'black', { question: 'colour', outcome: { kind: 'winner', index: 1 }, rater: 'ada' }),
  ]);
  expect(report).toMatchObject({
    rows: 3,
    records: 3,
    sound: 3,
    findings: [],
    problems: [],
    outcomes: [
      { name: 'winner', count: 2 },
      { name: 'tie', count: 1 },
    ],
    prompts: 2,
    images: 2,
    sizes: [{ name: '8×8', count: 2 }],
    models: [{ name: 'sd15', count: 3 }],
    questions: [
      { name: 'overall', count: 2 },
      { name: 'colour', count: 1 },
    ],
    raters: 1,
  });
  expect(formatCheck(report)).toMatch(/3: 3 records, 0 refused, 3 with nothing wrong.*Nothing is wrong\.\n$/s);
});

it('says row by row what is wrong', async () => {
  const report = await check(
    [
      line('black', 'white'),
      line('black', 'none'),
      line('black', 'text'),
      line('black', 'large'),
      line('black', 'white', { prompt: 'a caf\ufffd' }),
      line('black', 'white', { outcome: { kind: 'winner', index: 5 } }),
      line('black', 'black-copy', { prompt: 'a hole' }),
      line('black-copy', 'white'),
      line('white', 'black'),
      '{',
    ],
    { maxPixels: 5000 },
  );
  const at = (text: string) => text.replace(folder, '').replace('/set.jsonl:', '');
  expect(report.findings.map(({ where, problem, message }) => `${at(where)} ${problem}: ${at(message)}`)).toEqual([
    '2 missing-file: images/none.png is not there',
    expect.stringMatching(/^3 not-an-image: images\/text.png: /),
    '4 too-big: images/large.png: 100 × 100 pixels; the limit is 5000 pixels',
    expect.stringMatching(/^5 bad-caption: .*U\+FFFD/),
    expect.stringMatching(/^6 bad-outcome: .*index is 5/),
    '7 same-image: the same image twice among images/black.png and images/black-copy.png',
    '8 duplicate: repeats 1',
    '9 contradiction: has the same prompt and images as, but not the outcome of, 1',
    expect.stringMatching(/^10 bad-row: not JSON/),
  ]);
  expect(report).toMatchObject({ rows: 10, records: 7, sound: 1 });
  const text = formatCheck(report);
  expect(text).toContain('9 problems:');
  expect(text).toContain('set.jsonl:4: too-big: images/large.png');
});

it('names the pair and the rejected picture where that is the broken one', async () => {
  const path = join(folder, 'pairs');
  for (const side of ['chosen', 'rejected']) await mkdir(join(path, side), { recursive: true });
  await writeFile(join(path, 'chosen/a.png'), await encodePng(new Uint8Array(12), 2, 2));
  await writeFile(join(path, 'rejected/a.png'), 'not an image');
  await writeFile(join(path, 'a.txt'), 'a fox');
  const { findings } = await checkComparisons(await openComparisons(path));
  expect(findings).toEqual([
    { where: `${path}|a`, problem: 'not-an-image', message: expect.stringMatching(/^rejected\/a\.png: /) },
  ]);
});

it('takes a text for what it is, and a video for a file that is there', async () => {
  const texts = (a: string, b: string) => ({ candidates: [a, b].map((media) => ({ media, kind: 'text' })) });
  const videos = { candidates: ['black', 'none'].map((name) => ({ media: `images/${name}.png`, kind: 'video' })) };
  const report = await check([line('', '', texts('yes', 'no')), line('', '', texts('no', 'no')), line('', '', videos)]);
  expect(report).toMatchObject({ sound: 1, images: 0, problems: [{ name: 'missing-file' }, { name: 'same-image' }] });
});

it('lists only the first findings, and counts them all', async () => {
  const report = await check(Array(50).fill('{'), { maxFindings: 30 });
  expect(report.findings).toHaveLength(30);
  expect(report.problems).toEqual([{ name: 'bad-row', count: 50 }]);
  expect(formatCheck(report)).toContain('… and 30 more');
});

it('counts comparisons of pictures that differ in shape, which is no problem', async () => {
  await writeFile(join(folder, 'images', 'wide.png'), await encodePng(new Uint8Array(3 * 10 * 8).fill(9), 10, 8));
  await writeFile(join(folder, 'images', 'wider.png'), await encodePng(new Uint8Array(3 * 11 * 8).fill(9), 11, 8));
  const report = await check([line('black', 'wide'), line('black', 'wider'), line('white', 'wider', { id: 'y' })]);
  expect(report).toMatchObject({ differingAspects: 2, sound: 3, problems: [] });
  expect(formatCheck(report)).toContain(
    '2 records have images whose aspect ratios differ by more than a factor of 1.25',
  );
});

it('does not call a set sound beside which the scorers are damaged, on which nobody could train', async () => {
  const beside = join(folder, 'set.jsonl.scorers.json');
  await writeFile(beside, '[{}]');
  await expect(check([line('black', 'white')])).rejects.toThrow(/set\.jsonl\.scorers\.json does not say/);
  await rm(beside);
  expect(await check([line('black', 'white')])).toMatchObject({ records: 1, problems: [] });
});
