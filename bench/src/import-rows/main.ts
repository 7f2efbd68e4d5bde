import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeParquetRows } from '@bradley/formats';
import { createProject, folderMedia, importComparisons, openComparisons, openStore } from '@bradley/preferences';

/**
 * `npm run bench:import -- [rows] [postgres://…]`: imports rows with Pick-a-Pic's columns, without embedded images, from Parquet into a new store in
 * a temporary folder, or into a database that is given and left as it is then. Prints time and resident memory as it goes.
 */
const rows = Number(process.argv[2] ?? 1_000_000);
const address = process.argv[3];
if (!Number.isSafeInteger(rows) || rows < 1) {
  console.error('usage: npm run bench:import -- [rows] [postgres://…]');
  process.exit(2);
}
const folder = await mkdtemp(join(process.env.BENCH_FOLDER ?? tmpdir(), 'import-'));
const columns = {
  caption: 'STRING',
  image_0_uid: 'STRING',
  image_1_uid: 'STRING',
  label_0: 'DOUBLE',
  label_1: 'DOUBLE',
  model_0: 'STRING',
  model_1: 'STRING',
  ranking_id: 'INT64',
  user_id: 'INT64',
  created_at: 'TIMESTAMP',
} as const;

async function* made() {
  const words =
    'a cat dog red blue house by the sea at night in watercolour, highly detailed portrait of an old man'.split(' ');
  for (let i = 0; i < rows; i++) {
    const caption = Array.from({ length: 14 }, (_, word) => words[(i * 31 + word * word * 7) % words.length]).join(' ');
    const label = [1, 0, 0.5][i % 3] ?? 1;
    yield {
      caption: `${caption} ${i}`,
      image_0_uid: `${(i * 7919).toString(16).padStart(8, '0')}-5b3c-4c69-9d7a-1f2e3d4c5b6a`,
      image_1_uid: `${(i * 7919 + 1).toString(16).padStart(8, '0')}-5b3c-4c69-9d7a-1f2e3d4c5b6a`,
      ...{ label_0: label, label_1: 1 - label, model_0: 'sdxl-beta', model_1: 'dreamlike-photoreal-2.0' },
      ...{ ranking_id: BigInt(i), user_id: BigInt(i % 4375), created_at: new Date(1.68e12 + i * 1000) },
    };
  }
}

const path = join(folder, 'rows.parquet');
await writeParquetRows(path, columns, made(), { rowsPerGroup: 20_000 });
console.log(`${rows} rows, ${megabytes((await stat(path)).size)} MB of Parquet`);

await mkdir(join(folder, 'media'));
const store = await openStore(address ?? join(folder, 'store'));
const projectId = `import-${process.pid}`;
await createProject(store, { id: projectId, name: projectId, settings: {} });
const started = performance.now();
let printed = 0;
let peak = 0;
const source = await openComparisons(path);
const done = await importComparisons(store, folderMedia(join(folder, 'media')), source, {
  projectId,
  onProgress({ read }) {
    const { rss } = process.memoryUsage();
    peak = Math.max(peak, rss);
    if (read - printed < 100_000 && read < rows) return;
    printed = read;
    console.log(`${read} rows  ${seconds()} s  ${megabytes(rss)} MB resident`);
  },
});
console.log(
  `${done.added} added in ${seconds()} s; at most ${megabytes(peak)} MB resident between batches, all the process ${megabytes(process.resourceUsage().maxRSS * 1024)} MB`,
);
await store.close();
await rm(folder, { recursive: true });

function megabytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(0);
}

function seconds(): string {
  return ((performance.now() - started) / 1000).toFixed(1);
}
