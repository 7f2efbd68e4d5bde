import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openParquet, ParquetError, type ParquetRow, readParquet, writeParquet } from './parquet.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parquet-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function readAll(path: string, columns?: string[]): Promise<ParquetRow[]> {
  const rows = [];
  for await (const row of readParquet(await openParquet(path), columns)) rows.push(row);
  return rows;
}

const at = new Date('2024-05-06T07:08:09.123Z');

async function sample(name: string, count: number): Promise<string> {
  const path = join(folder, name);
  const rows = Array.from({ length: count }, (_, i) => i);
  await writeParquet(path, [
    { name: 'caption', type: 'STRING', data: rows.map((i) => (i % 5 === 4 ? null : `a photo of ${i} – ”é”`)) },
    { name: 'jpg_0', type: 'BYTE_ARRAY', data: rows.map((i) => Uint8Array.of(0xff, 0xd8, i & 255, 0)) },
    { name: 'label_0', type: 'DOUBLE', data: rows.map((i) => i / 4) },
    { name: 'id', type: 'INT64', data: rows.map((i) => BigInt(i) * 10_000_000_000n) },
    { name: 'tie', type: 'BOOLEAN', data: rows.map((i) => i % 3 === 0) },
    { name: 'at', type: 'TIMESTAMP', data: rows.map(() => at) },
  ]);
  return path;
}

describe('a written file', () => {
  it('reads back, over several row groups', async () => {
    const path = await sample('many.parquet', 2345);
    const file = await openParquet(path);
    expect(file).toMatchObject({
      rowCount: 2345,
      rowGroupCount: 3,
      columns: ['caption', 'jpg_0', 'label_0', 'id', 'tie', 'at'],
    });
    const rows = await readAll(path);
    expect(rows).toHaveLength(2345);
    expect(rows[2004]).toEqual({
      caption: null,
      jpg_0: Uint8Array.of(0xff, 0xd8, 2004 & 255, 0),
      label_0: 501,
      id: 20_040_000_000_000n,
      tie: true,
      at,
    });
    expect(rows.map(({ label_0 }) => label_0)).toEqual(Array.from({ length: 2345 }, (_, i) => i / 4));
  });

  it('gives only the columns asked for, in the order asked', async () => {
    const [row] = await readAll(await sample('few.parquet', 3), ['tie', 'caption']);
    expect(Object.entries(row ?? {})).toEqual([
      ['tie', true],
      ['caption', 'a photo of 0 – ”é”'],
    ]);
  });

  it('may have no rows', async () => {
    const path = join(folder, 'none.parquet');
    await writeParquet(path, [{ name: 'a', type: 'STRING', data: [] }]);
    expect(await readAll(path)).toEqual([]);
  });

  it('keeps bytes that happen to be text as bytes', async () => {
    const path = join(folder, 'bytes.parquet');
    const data = Array.from({ length: 50 }, () => new TextEncoder().encode('text'));
    await writeParquet(path, [{ name: 'b', type: 'BYTE_ARRAY', data }]);
    expect((await readAll(path))[49]?.b).toEqual(data[49]);
  });

  it('reads back any text and bytes', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ s: fc.option(fc.string({ unit: 'grapheme' })), b: fc.uint8Array() })),
        async (rows) => {
          const path = join(folder, 'any.parquet');
          await writeParquet(path, [
            { name: 's', type: 'STRING', data: rows.map(({ s }) => s) },
            { name: 'b', type: 'BYTE_ARRAY', data: rows.map(({ b }) => b) },
          ]);
          expect(await readAll(path)).toEqual(rows);
        },
      ),
      { numRuns: 40 },
    ));
});

describe('what is wrong', () => {
  it('is a column that is not there, beside those that are', async () => {
    const path = await sample('columns.parquet', 1);
    await expect(readAll(path, ['captoin'])).rejects.toThrow(
      /columns\.parquet: there is no column captoin\. It has caption, jpg_0/,
    );
  });

  it.each<[string, string]>([
    ['empty', ''],
    ['short', 'PAR1'],
    ['text', 'caption,jpg_0\n'.repeat(100)],
  ])('is named for a file that is no Parquet: %s', async (_, content) => {
    const path = join(folder, 'not.parquet');
    await writeFile(path, content);
    await expect(openParquet(path)).rejects.toThrow(ParquetError);
    await expect(openParquet(path)).rejects.toThrow(/not\.parquet: cannot be read as Parquet/);
  });

  it('is named for a page that is damaged, with its row group', async () => {
    const path = await sample('page.parquet', 1500);
    const bytes = await readFile(path);
    const { metadata } = await openParquet(path);
    const offset = Number(metadata.row_groups[1]?.columns[0]?.meta_data?.data_page_offset);
    bytes.fill(0xff, offset, offset + 200);
    await writeFile(path, bytes);
    const rows = readParquet(await openParquet(path), ['caption']);
    for (let i = 0; i < 1000; i++) await rows.next();
    await expect(rows.next()).rejects.toThrow(
      /page\.parquet: column 'caption' of row group 1 \(rows 1000 to 1499\) cannot be read/,
    );
  });

  it('is columns of different lengths or wrong values, and leaves no file', async () => {
    const own = await mkdtemp(join(folder, 'own-'));
    const path = join(own, 'a.parquet');
    const columns = [
      { name: 'a', type: 'STRING', data: ['x'] },
      { name: 'b', type: 'STRING', data: [] },
    ] as const;
    await expect(writeParquet(path, columns)).rejects.toThrow(/a\.parquet: .*found a: 1, b: 0/);
    await expect(writeParquet(path, [{ name: 'n', type: 'INT32', data: [{}] }])).rejects.toThrow(/a\.parquet/);
    expect(await readdir(own)).toEqual([]);
  });

  it('is a column without a name, wherever its footer is damaged', async () => {
    const whole = await readFile(await sample('named.parquet', 3));
    const path = join(folder, 'nameless.parquet');
    const footer = whole.readUInt32LE(whole.length - 8);
    for (let byte = whole.length - 8 - footer; byte < whole.length - 8; byte++) {
      const bytes = Buffer.from(whole);
      bytes[byte] = (bytes[byte] ?? 0) ^ 64;
      await writeFile(path, bytes);
      const columns = await openParquet(path).then(
        (file) => file.columns,
        () => [],
      );
      expect(columns.filter((name) => typeof name !== 'string')).toEqual([]);
    }
  });

  it('is a ParquetError for any mutation, or none', async () => {
    const valid = await readFile(await sample('valid.parquet', 60));
    const path = join(folder, 'fuzz.parquet');
    const edit = fc.record({ at: fc.nat(valid.length - 1), byte: fc.integer({ min: 0, max: 255 }) });
    await fc.assert(
      fc.asyncProperty(
        fc.array(edit, { minLength: 1, maxLength: 3 }),
        fc.option(fc.nat(valid.length)),
        async (edits, cut) => {
          const bytes = Uint8Array.from(valid);
          for (const { at: position, byte } of edits) bytes[position] = byte;
          await writeFile(path, cut === null ? bytes : bytes.subarray(0, cut));
          try {
            await readAll(path);
          } catch (error) {
            if (!(error instanceof ParquetError)) throw error;
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});
