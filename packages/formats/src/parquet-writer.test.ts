import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openParquet, readParquet } from './parquet.js';
import { parquetColumns } from './parquet-columns.js';
import { writeParquetRows } from './parquet-writer.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parquet-rows-'));
});
afterAll(() => rm(folder, { recursive: true }));

const columns = {
  prompt: 'STRING',
  images: { list: { struct: { bytes: 'BYTE_ARRAY', path: 'STRING' } } },
  shares: { list: 'DOUBLE' },
  best: { struct: { bytes: 'BYTE_ARRAY', path: 'STRING' } },
  sure: 'BOOLEAN',
} as const;

async function* counted(count: number, bytes = 3) {
  for (let i = 0; i < count; i++) {
    const image = { bytes: new Uint8Array(bytes).fill(i), path: i % 2 ? `${i}.png` : null };
    yield { prompt: `p${i}`, images: [image, { bytes: null, path: 'x' }], shares: i % 3 ? [1, 0] : null, best: image };
  }
}

it('writes lists and structs that read back, and null for what a row lacks', async () => {
  const path = join(folder, 'rows.parquet');
  expect(await writeParquetRows(path, columns, counted(2500), { metadata: { huggingface: '{}' } })).toBe(2500);
  const file = await openParquet(path);
  expect(file).toMatchObject({ rowCount: 2500, rowGroupCount: 3, columns: Object.keys(columns) });
  expect(file.metadata.key_value_metadata).toEqual([{ key: 'huggingface', value: '{}' }]);
  const rows = [];
  for await (const row of readParquet(file)) rows.push(row);
  const best = { bytes: new Uint8Array(3).fill(1001), path: '1001.png' };
  expect(rows[1001]).toEqual({
    prompt: 'p1001',
    images: [best, { bytes: null, path: 'x' }],
    shares: [1, 0],
    best,
    sure: null,
  });
  expect(rows[0]?.shares).toBeNull();
  expect(Object.fromEntries(parquetColumns(file))).toEqual({
    prompt: { kind: 'text', fields: [] },
    images: { kind: 'list', fields: ['bytes', 'path'] },
    shares: { kind: 'list', fields: [] },
    best: { kind: 'struct', fields: ['bytes', 'path'] },
    sure: { kind: 'boolean', fields: [] },
  });
});

it('ends a row group early where its bytes are many', async () => {
  const path = join(folder, 'large.parquet');
  await writeParquetRows(path, columns, counted(5, 2 ** 25));
  expect(await openParquet(path)).toMatchObject({ rowCount: 5, rowGroupCount: 5 });
});

it('writes no rows as an empty table', async () => {
  const path = join(folder, 'none.parquet');
  await writeParquetRows(path, columns, counted(0));
  expect(await openParquet(path)).toMatchObject({ rowCount: 0, columns: Object.keys(columns) });
});

it('leaves nothing behind when the rows end in an error', async () => {
  const failing = (async function* () {
    yield* counted(1200);
    throw new Error('the source broke');
  })();
  await expect(writeParquetRows(join(folder, 'half.parquet'), columns, failing)).rejects.toThrow(/the source broke/);
  expect((await readdir(folder)).filter((name) => name.includes('half'))).toEqual([]);
});
