import { mkdir, mkdtemp, realpath, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { encodePng } from '@bradley/formats';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sha256Of } from './media-path.js';
import { openComparisons } from './open.js';
import { comparisonSchema } from './record.js';
import type { ComparisonSource } from './source.js';

let root: string;
let image: Uint8Array;
let sha256: string;
beforeAll(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'comparisons-')));
  image = await encodePng(new Uint8Array(12), 2, 2);
  sha256 = sha256Of(image);
});
afterAll(() => rm(root, { recursive: true }));

/** Makes a folder of files; a string is text, `link:` a symbolic link, undefined an image. */
async function folderOf(name: string, files: Record<string, string | undefined>): Promise<string> {
  for (const [path, text] of Object.entries(files)) {
    const file = join(root, name, path);
    await mkdir(dirname(file), { recursive: true });
    if (text?.startsWith('link:')) await symlink(text.slice(5), file);
    else await writeFile(file, text ?? image);
  }
  return join(root, name);
}

async function rowsOf(source: ComparisonSource) {
  const rows = [];
  for await (const row of source) {
    rows.push('record' in row ? { where: row.where.slice(source.path.length), ...row.record } : row);
  }
  return rows;
}

describe('a folder of chosen/ and rejected/', () => {
  it('pairs images by name and finds captions beside them or in a caption file', async () => {
    const path = await folderOf('pairs', {
      'chosen/a.png': undefined,
      'rejected/a.jpg': undefined,
      'a.txt': 'a fox\n',
      'chosen/b.png': undefined,
      'rejected/b.png': undefined,
      'chosen/b.txt': 'an owl',
      'chosen/c.webp': undefined,
      'rejected/c.webp': undefined,
      'captions.jsonl':
        '{"file_name": "chosen/c.webp", "text": "the sea"}\n{"file": "c.webp", "prompt": "the sea", "seed": 1}\n',
      'chosen/notes.md': 'not an image',
    });
    await utimes(join(path, 'chosen/a.png'), 0, 1e9);
    const source = await openComparisons(path);
    const rows = await rowsOf(source);
    expect(rows).toMatchObject([
      { where: '|a', id: 'a', prompt: 'a fox', at: '2001-09-09T01:46:40.000Z' },
      { id: 'b', prompt: 'an owl' },
      { id: 'c', prompt: 'the sea' },
    ]);
    expect(rows[0]).toMatchObject({
      candidates: [{ media: 'chosen/a.png' }, { media: 'rejected/a.jpg' }],
      outcome: { kind: 'winner', index: 0 },
      question: 'overall',
    });
    expect(await source.loadMedia({ media: 'rejected/a.jpg' })).toEqual(new Uint8Array(image));
  });

  it('refuses what is not a pair with one caption, and goes on', async () => {
    const path = await folderOf('broken', {
      '../secret.png': undefined,
      'chosen/alone.png': undefined,
      'rejected/other.png': undefined,
      'chosen/twice.png': undefined,
      'chosen/twice.jpg': undefined,
      'rejected/twice.png': undefined,
      'chosen/silent.png': undefined,
      'rejected/silent.png': undefined,
      'chosen/torn.png': undefined,
      'rejected/torn.png': undefined,
      'torn.txt': 'a fox',
      'chosen/torn.txt': 'an owl',
      'chosen/empty.png': undefined,
      'rejected/empty.png': undefined,
      'empty.txt': ' \n',
      'chosen/link.png': `link:${join(root, 'secret.png')}`,
      'rejected/link.png': undefined,
      'link.txt': 'a fox',
      'chosen/leak.png': undefined,
      'rejected/leak.png': undefined,
      'leak.txt': 'link:/etc/hostname',
      'chosen/good.png': undefined,
      'rejected/good.png': undefined,
      'good.txt': 'a fox',
      'captions.jsonl': '{"file_name": "x.png"}\n{nonsense}\n',
    });
    const rows = await rowsOf(await openComparisons(path));
    const refusals = rows.map((row) =>
      'refused' in row ? `${row.where.slice(path.length + 1)}: ${row.problem}: ${row.refused}` : row.id,
    );
    expect(refusals).toEqual([
      expect.stringMatching(/^captions.jsonl:1: bad-caption: no "text"/),
      expect.stringMatching(/^captions.jsonl:2: bad-row: not JSON/),
      'alone: missing-file: rejected/ has no file named alone',
      expect.stringMatching(/^empty: bad-caption: prompt: is empty/),
      'good',
      expect.stringMatching(/^leak: outside-folder: leak.txt is a symbolic link that leaves broken/),
      expect.stringMatching(/^link: outside-folder: chosen\/link.png is a symbolic link/),
      'other: missing-file: chosen/ has no file named other',
      expect.stringMatching(/^silent: bad-caption: silent has no caption: looked for silent.txt, .*captions.jsonl/),
      'torn: bad-caption: torn has captions that differ: "a fox", "an owl"',
      'twice: bad-row: chosen/ has both twice.jpg and twice.png: keep one',
    ]);
  });
});

describe('a JSONL file', () => {
  const record = (media: string[], more: object = {}) =>
    JSON.stringify({
      id: '1',
      prompt: 'a fox',
      candidates: media.map((m) => ({ media: m })),
      outcome: { kind: 'tie' },
      ...more,
    });

  it('has records, or the short form, with images by path or by sha256', async () => {
    const path = await folderOf('jsonl', {
      'a.png': undefined,
      'sub/b.png': undefined,
      [`media/${sha256Of(image)}.png`]: undefined,
      'c.jsonl': [
        record(['a.png', 'sub/b.png']),
        '',
        record([sha256, 'a.png']),
        '{"prompt": "an owl", "chosen": "a.png", "rejected": "sub/b.png"}',
      ].join('\n'),
    });
    const source = await openComparisons(join(path, 'c.jsonl'));
    const rows = await rowsOf(source);
    expect(rows).toMatchObject([
      { where: ':1', outcome: { kind: 'tie' } },
      { where: ':3', candidates: [{ media: sha256 }, { media: 'a.png' }] },
      { where: ':4', id: 'c.jsonl:4', prompt: 'an owl', outcome: { kind: 'winner', index: 0 } },
    ]);
    expect(sha256Of(await source.loadMedia({ media: sha256 }))).toBe(sha256);
    expect(sha256Of(await source.loadMedia({ media: 'sub/b.png' }))).toBe(sha256);
    await expect(source.loadMedia({ media: '../pairs/a.png' })).rejects.toMatchObject({ problem: 'outside-folder' });
  });

  it('refuses each bad line for its reason, and goes on', async () => {
    const path = await folderOf('bad-jsonl', {
      'a.png': undefined,
      'link.png': 'link:/etc/hostname',
      'c.jsonl': [
        '{"prompt": "x", ',
        record(['a.png', '../secret.png']),
        record(['a.png', '/etc/hostname']),
        record(['a.png', 'link.png']),
        record(['a.png', 'none.png']),
        record(['a.png', '0'.repeat(64)]),
        record(['a.png', 'a.png'], { outcome: { kind: 'winner', index: 2 } }),
        record(['a.png', 'a.png'], { prompt: '' }),
        record(['a.png', 'a.png'], { colour: 'red' }),
        '{"prompt": "x", "chosen": [{"role": "user"}], "rejected": "a.png"}',
        '[]',
        'null',
        record(['a.png', 'a.png']),
      ].join('\n'),
    });
    const rows = await rowsOf(await openComparisons(path));
    expect(rows.map((row) => ('refused' in row ? row.problem : row.id))).toEqual([
      'bad-row',
      'outside-folder',
      'outside-folder',
      'outside-folder',
      'missing-file',
      'missing-file',
      'bad-outcome',
      'bad-caption',
      'bad-record',
      'bad-record',
      'bad-record',
      'bad-record',
      '1',
    ]);
    expect(rows[6]).toMatchObject({ where: join(path, 'c.jsonl:7'), refused: expect.stringMatching(/index is 2/) });
  });

  it('gives a valid record or a reason for every line of any bytes, and never throws', async () => {
    const path = await folderOf('fuzz', { 'a.png': undefined });
    const value = fc.oneof(
      fc.json(),
      fc.string({ unit: 'binary' }),
      fc
        .record(
          {
            id: fc.string(),
            prompt: fc.string(),
            candidates: fc.array(fc.record({ media: fc.oneof(fc.constant('a.png'), fc.string()) })),
            outcome: fc.oneof(
              fc.record(
                { kind: fc.constantFrom('winner', 'tie', 'shares'), index: fc.integer() },
                { requiredKeys: ['kind'] },
              ),
              fc.anything(),
            ),
            __proto__: fc.anything(),
          },
          { requiredKeys: [] },
        )
        .map((record) => JSON.stringify(record) ?? ''),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(value), fc.uint8Array(), async (lines, tail) => {
        await writeFile(join(path, 'c.jsonl'), Buffer.concat([Buffer.from(`${lines.join('\n')}\n`), tail]));
        for await (const row of await openComparisons(join(path, 'c.jsonl'))) {
          if ('record' in row) comparisonSchema.parse(row.record);
          else expect(row.refused).not.toBe('');
        }
      }),
      { numRuns: 100 },
    );
  });

  it('passes over a line too long to be a record without holding it', async () => {
    const path = await folderOf('long', {
      'a.png': undefined,
      'c.jsonl': `${'x'.repeat(17 * 2 ** 20)}\n${record(['a.png', 'a.png'])}\n`,
    });
    expect(await rowsOf(await openComparisons(join(path, 'c.jsonl')))).toMatchObject([
      { problem: 'bad-row', refused: expect.stringMatching(/limit is 16777216/) },
      { id: '1' },
    ]);
  });
});

describe('opening', () => {
  it('says what it looked for', async () => {
    const path = await folderOf('empty', { 'readme.txt': 'hello' });
    await expect(openComparisons(path)).rejects.toThrow(
      /it has readme.txt.*chosen\/ and rejected\/.*\.jsonl.*\.parquet/s,
    );
    await expect(openComparisons(join(path, 'readme.txt'))).rejects.toThrow(/not a file of comparisons/);
    await expect(openComparisons(join(path, 'none'))).rejects.toThrow(/no such file or folder/);
  });

  it('says why a file has nothing in it that is known', async () => {
    const path = await folderOf('unknown', {
      'a.json': '{"a": 1}',
      'b.json': '[{"name": 1, "size": 2}]',
      'c.json': '[]',
      'd.csv': 'x,y\n1,2\n',
    });
    const opening = (file: string) => openComparisons(join(path, file));
    await expect(opening('a.json')).rejects.toThrow(/a\.json.*It has none: expected a JSON array/);
    await expect(opening('b.json')).rejects.toThrow(/It has name, size\. Looked for Label Studio/);
    await expect(opening('c.json')).rejects.toThrow(/It has none: it has no rows/);
    await expect(opening('d.csv')).rejects.toThrow(/It has x, y\. Looked for a \.csv file/);
    await expect(openComparisons(path)).rejects.toThrow(/no comparisons here/);
  });

  it('reads a file as the format that is named, where it can be', async () => {
    const path = await folderOf('named', { 'a.jsonl': '{"prompt": "p", "chosen": "see a.png", "rejected": "b.png"}' });
    expect((await openComparisons(join(path, 'a.jsonl'))).format).toBe('jsonl');
    expect(await rowsOf(await openComparisons(join(path, 'a.jsonl'), 'trl'))).toMatchObject([
      {
        candidates: [
          { media: 'see a.png', kind: 'text' },
          { media: 'b.png', kind: 'text' },
        ],
      },
    ]);
    await expect(openComparisons(join(path, 'a.jsonl'), 'csv')).rejects.toThrow(/cannot be read as csv/);
  });

  it('asks which of several sets is meant', async () => {
    const path = await folderOf('several', { 'train.jsonl': '', 'test.jsonl': '', 'captions.jsonl': '' });
    await expect(openComparisons(path)).rejects.toThrow(/several sets.*test\.jsonl, .*train\.jsonl\. Name one/);
  });
});
