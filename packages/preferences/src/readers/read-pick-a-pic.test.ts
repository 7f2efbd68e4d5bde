import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodePng, openParquet, type ParquetColumn, writeParquet } from '@bradley/formats';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openComparisons } from '../open.js';
import { MediaError, type Row } from '../source.js';

let folder: string;
let images: Uint8Array[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pickapic-'));
  images = await Promise.all([0, 255].map((grey) => encodePng(new Uint8Array(12).fill(grey), 2, 2)));
});
afterAll(() => rm(folder, { recursive: true }));

async function rowsOf(path: string): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const row of await openComparisons(path)) rows.push(row);
  return rows;
}

/** A file with these labels, in the columns of Pick-a-Pic v2. */
async function pickAPic(name: string, labels: readonly (number | null)[], more: ParquetColumn[] = []): Promise<string> {
  const path = join(folder, name);
  const own = new Set(more.map((column) => column.name));
  const columns: ParquetColumn[] = [
    { name: 'caption', type: 'STRING', data: labels.map((_, i) => `prompt ${i}`) },
    { name: 'jpg_0', type: 'BYTE_ARRAY', data: labels.map(() => images[0]) },
    { name: 'jpg_1', type: 'BYTE_ARRAY', data: labels.map(() => images[1]) },
    { name: 'label_0', type: 'DOUBLE', data: labels },
  ];
  await writeParquet(path, [...columns.filter((column) => !own.has(column.name)), ...more]);
  return path;
}

describe("a Parquet file with Pick-a-Pic's columns", () => {
  it('gives winners, ties kept as ties, and shares', async () => {
    const path = await pickAPic('labels.parquet', [1, 0, 0.5, 0.75]);
    const rows = await rowsOf(path);
    expect(rows.map((row) => 'record' in row && row.record.outcome)).toEqual([
      { kind: 'winner', index: 0 },
      { kind: 'winner', index: 1 },
      { kind: 'tie' },
      { kind: 'shares', p: [0.75, 0.25] },
    ]);
    expect(rows[3]).toMatchObject({ where: `${path}|3`, record: { id: '3', prompt: 'prompt 3' } });
  });

  it('takes models, raters, times and ids where they are', async () => {
    const path = await pickAPic(
      'more.parquet',
      [1, 1],
      [
        { name: 'model_0', type: 'STRING', data: ['dreamlike-art/dreamlike-photoreal-2.0', null] },
        { name: 'ranking_id', type: 'INT64', data: [17n, 18n] },
        { name: 'user_id', type: 'INT32', data: [4, 5] },
        { name: 'created_at', type: 'TIMESTAMP', data: [new Date('2023-03-24T11:13:21.123Z'), null] },
        { name: 'has_label', type: 'BOOLEAN', data: [true, false] },
      ],
    );
    expect((await rowsOf(path)).map((row) => 'record' in row && row.record)).toEqual([
      {
        id: '17',
        prompt: 'prompt 0',
        candidates: [{ media: '0|jpg_0', model: 'dreamlike-art/dreamlike-photoreal-2.0' }, { media: '0|jpg_1' }],
        outcome: { kind: 'winner', index: 0 },
        question: 'overall',
        rater: '4',
        at: '2023-03-24T11:13:21.123Z',
      },
      expect.objectContaining({ id: '18', outcome: { kind: 'skip' } }),
    ]);
  });

  it('takes addresses or uids for images that are not embedded, and never fetches them', async () => {
    const strings = (name: string, data: (string | null)[]) => ({ name, type: 'STRING' as const, data });
    const path = join(folder, 'addresses.parquet');
    await writeParquet(path, [
      strings('caption', ['a', 'b', 'c', 'd']),
      strings('image_0_uid', ['u0', 'u1', 'u2', null]),
      strings('image_1_uid', ['v0', 'v1', 'v2', 'v3']),
      strings('image_0_url', ['https://example.org/u0.png', null, null, null]),
      strings('image_1_url', ['https://example.org/v0.png', '', null, null]),
      strings('best_image_uid', ['u0', 'v1', 'u2', null]),
      { name: 'label_0', type: 'DOUBLE', data: [1, 0, 0, 1] },
    ]);
    const rows = await rowsOf(path);
    const media = (row: Row | undefined) => row && 'record' in row && row.record.candidates.map((c) => c.media);
    expect(media(rows[0])).toEqual(['https://example.org/u0.png', 'https://example.org/v0.png']);
    expect(media(rows[1])).toEqual(['uid:u1', 'uid:v1']);
    expect(rows[2]).toMatchObject({
      problem: 'bad-outcome',
      refused: 'best_image_uid names image_0, but label_0 is 0',
    });
    expect(rows[3]).toMatchObject({ problem: 'missing-file', refused: 'image_0 has neither a url nor a uid' });
    const { loadMedia } = await openComparisons(path);
    for (const address of ['https://example.org/u0.png', 'uid:u1']) {
      await expect(loadMedia({ media: address })).rejects.toMatchObject({ problem: 'not-local' });
    }
    await expect(loadMedia({ media: '0|image_0_uid' })).rejects.toMatchObject({ problem: 'missing-file' });
  });

  it('loads images by row, over row groups', async () => {
    const path = await pickAPic('groups.parquet', Array(1500).fill(1));
    const source = await openComparisons(path);
    expect(await source.loadMedia({ media: '3|jpg_0' })).toEqual(new Uint8Array(images[0] ?? []));
    expect(await source.loadMedia({ media: '1499|jpg_1' })).toEqual(new Uint8Array(images[1] ?? []));
    for (const media of ['1500|jpg_0', '3|caption', '../x', '-1|jpg_0']) {
      await expect(source.loadMedia({ media })).rejects.toMatchObject({ problem: 'missing-file' });
    }
  });

  it('refuses rows whose values make no sense, and goes on', async () => {
    const path = await pickAPic(
      'bad.parquet',
      [1, 2, null, 0.3, 1, 1],
      [
        { name: 'caption', type: 'STRING', data: ['a', 'b', 'c', 'd', null, ' '] },
        { name: 'label_1', type: 'DOUBLE', data: [0, 0, 0, 0.3, 0, 0] },
        { name: 'jpg_0', type: 'BYTE_ARRAY', data: [null, ...Array(5).fill(images[0])] },
      ],
    );
    const rows = await rowsOf(path);
    expect(rows.map((row) => ('refused' in row ? `${row.problem}: ${row.refused}` : row.record.prompt))).toEqual([
      'a',
      expect.stringMatching(/^bad-record: label_0/),
      'bad-outcome: label_0 is empty',
      'bad-outcome: label_0 0.3 and label_1 0.3 do not sum to 1',
      'bad-caption: caption: is not text',
      'bad-caption: prompt: is empty',
    ]);
    await expect((await openComparisons(path)).loadMedia({ media: '0|jpg_0' })).rejects.toThrow(/0\|jpg_0 is empty/);
  });

  it('says which columns it needs', async () => {
    const path = join(folder, 'other.parquet');
    await writeParquet(path, [{ name: 'prompt', type: 'STRING', data: ['a'] }]);
    await expect(openComparisons(path)).rejects.toThrow(/It has prompt\. Looked for .*Pick-a-Pic/);
  });

  it('refuses a damaged row group with its rows, and reads the others', async () => {
    const path = await pickAPic('damaged.parquet', Array(1500).fill(1));
    const bytes = await readFile(path);
    const { metadata } = await openParquet(path);
    const caption = metadata.row_groups[0]?.columns.find((column) => column.meta_data?.path_in_schema[0] === 'caption');
    const start = Number(caption?.meta_data?.dictionary_page_offset ?? caption?.meta_data?.data_page_offset);
    bytes.fill(0xff, start, start + 40);
    await writeFile(path, bytes);
    const rows = await rowsOf(path);
    expect(rows[0]).toMatchObject({
      where: `${path}|0–999`,
      problem: 'bad-row',
      refused: expect.stringMatching(/row group 0/),
    });
    expect(rows).toHaveLength(501);
  });

  it('gives a record, a refusal or an error that names the file, wherever a byte is wrong', async () => {
    const whole = await readFile(await pickAPic('whole.parquet', [1, 0, 0.5]));
    const path = join(folder, 'fuzz.parquet');
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const bytes = Buffer.from(whole);
        bytes[at] = (bytes[at] ?? 0) ^ change;
        await writeFile(path, bytes);
        try {
          const source = await openComparisons(path);
          for await (const row of source) {
            if ('record' in row) for (const candidate of row.record.candidates) await source.loadMedia(candidate);
          }
        } catch (error) {
          if (error instanceof MediaError) return;
          expect(error).toMatchObject({ message: expect.stringContaining(path) });
        }
      }),
      { numRuns: 200 },
    );
  });
});
