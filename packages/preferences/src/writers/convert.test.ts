import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openComparisons } from '../open.js';
import type { Comparison } from '../record.js';
import { type ComparisonSource, MediaError, type Row } from '../source.js';
import type { Teacher } from '../teachers.js';
import { convertComparisons } from './convert.js';
import { formatConversion } from './format-conversion.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'convert-'));
});
afterAll(() => rm(folder, { recursive: true }));

function sourceOf(records: readonly Comparison[]): ComparisonSource {
  return {
    path: 'memory',
    format: 'memory',
    async *[Symbol.asyncIterator]() {
      yield* records.map((record): Row => ({ where: record.id, record }));
    },
    async loadMedia({ media }) {
      throw new MediaError('missing-file', `${media} is not there`);
    },
  };
}

it('keeps addresses on the network in Pick-a-Pic without pictures, and refuses pictures', async () => {
  const candidates = [{ media: 'https://example.org/a.png', model: 'm' }, { media: 'uid:1f' }];
  const base = { id: '1', prompt: 'p', question: 'overall', outcome: { kind: 'winner' as const, index: 1 } };
  const local = { ...base, id: '2', candidates: [{ media: 'p0' }, { media: 'p0' }] };
  const path = join(folder, 'remote.parquet');
  const report = await convertComparisons(sourceOf([{ ...base, candidates }, local]), path, 'pick-a-pic-addresses');
  expect(report).toMatchObject({ written: 1, refused: [{ problem: 'not-expressible', count: 1 }] });
  const read = [];
  for await (const row of await openComparisons(path)) read.push('record' in row ? row.record : row);
  expect(read).toEqual([{ ...base, candidates }]);
});

it.each(['jsonl', 'csv'] as const)('keeps addresses on the network in %s, which reads them back', async (to) => {
  const candidates = [{ media: 'https://example.org/a.png' }, { media: 'uid:1f' }];
  const record = { id: '1', prompt: 'p', question: 'overall', outcome: { kind: 'tie' as const }, candidates };
  const path = join(folder, `remote.${to}`);
  await convertComparisons(sourceOf([record]), path, to);
  const read = [];
  for await (const row of await openComparisons(path)) read.push('record' in row ? row.record : row);
  expect(read).toEqual([record]);
});

it('says which records it had to leave out, and lists the first', async () => {
  const record = {
    prompt: 'p',
    question: 'overall',
    outcome: { kind: 'tie' as const },
    candidates: [{ media: 'a' }, { media: 'b' }],
  };
  const source = sourceOf(['1', '2', '3'].map((id) => ({ ...record, id })));
  const report = await convertComparisons(source, join(folder, 'none.jsonl'), 'jsonl', { maxRefusals: 2 });
  expect(report).toMatchObject({ rows: 3, written: 0, refused: [{ problem: 'missing-file', count: 3 }] });
  expect(formatConversion(report)).toMatch(
    /3 rows refused:\n {2}3 {2}missing-file: .*record 1: missing-file: a is not there.*… and 1 more$/s,
  );
});

it('refuses a path with another ending, and a folder that is there', async () => {
  await expect(convertComparisons(sourceOf([]), join(folder, 'x.txt'), 'csv')).rejects.toThrow(/ends in \.csv/);
  await expect(convertComparisons(sourceOf([]), folder, 'folder')).rejects.toThrow(/exists already/);
});

it('replaces a file as a whole', async () => {
  const path = join(folder, 'old.jsonl');
  await writeFile(path, 'old');
  await convertComparisons(sourceOf([]), path, 'jsonl');
  const rows = [];
  for await (const row of await openComparisons(path)) rows.push(row);
  expect(rows).toEqual([]);
});

it.each(['jsonl', 'csv'] as const)(
  'writes beside a %s what the scorers of its comparisons had learnt from',
  async (to) => {
    const candidates = [{ media: 'uid:1' }, { media: 'uid:2' }];
    const record = { id: '1', prompt: 'p', question: 'overall', outcome: { kind: 'tie' as const }, candidates };
    const [r, s, other] = ['scorer:r@01', 'scorer:s@02', 'scorer:q@03'].map((rater) => ({
      rater,
      raters: ['anna'],
      prompts: [],
    }));
    const known = [{ ...r, raters: ['scorer:s@02'] }, s, other] as Teacher[];
    const source = { ...sourceOf([{ ...record, rater: 'scorer:clip@09 + scorer:r@01' }]), teachers: async () => known };
    const path = join(folder, `labels.${to}`);
    await convertComparisons(source, path, to);
    const read = await openComparisons(path);
    expect(await read.teachers?.()).toEqual(known.slice(0, 2));
    const again = join(folder, 'again', 'labels.jsonl');
    await mkdir(join(folder, 'again'), { recursive: true });
    await convertComparisons(read, again, 'jsonl');
    const inFolder = await openComparisons(join(folder, 'again'));
    expect(inFolder.path).toBe(again);
    expect(await inFolder.teachers?.()).toEqual(known.slice(0, 2));
    await rm(join(folder, 'again'), { recursive: true });
    await writeFile(`${path}.scorers.json`, '[{}]');
    const damaged = await openComparisons(path);
    await expect(damaged.teachers?.()).rejects.toThrow(/scorers\.json does not say.*label again/s);
    const never = join(folder, `never-${to}.jsonl`);
    await expect(convertComparisons(damaged, never, 'jsonl')).rejects.toThrow(/scorers\.json does not say/);
    await expect(stat(never)).rejects.toThrow('ENOENT');
  },
);

it('writes nothing beside a set that people made', async () => {
  const candidates = [{ media: 'uid:1' }, { media: 'uid:2' }];
  const record = { id: '1', prompt: 'p', question: 'overall', outcome: { kind: 'tie' as const }, candidates };
  const known = [{ rater: 'scorer:r@01', raters: ['anna'], prompts: [] }];
  const path = join(folder, 'people.jsonl');
  await convertComparisons({ ...sourceOf([{ ...record, rater: 'anna' }]), teachers: async () => known }, path, 'jsonl');
  expect(await readdir(folder)).not.toContain('people.jsonl.scorers.json');
});
