import { describe, expect, it } from 'vitest';
import { openComparisons } from '../open.js';
import type { Row } from '../source.js';
import { recordOf, setsBesideMedia } from './read-file.test-support.js';

const { at, rowsOf } = setsBesideMedia();

import { type ParquetType, writeParquetRows } from '@bradley/formats';

const picture = { struct: { bytes: 'BYTE_ARRAY', path: 'STRING' } } as const;
const image = (text: string) => ({ bytes: new TextEncoder().encode(text), path: null });

async function table(name: string, columns: Record<string, ParquetType>, rows: readonly object[]): Promise<string> {
  const path = at(name);
  await writeParquetRows(
    path,
    columns,
    (async function* () {
      yield* rows as Record<string, unknown>[];
    })(),
  );
  return path;
}
async function read(path: string) {
  const source = await openComparisons(path);
  const rows: Row[] = [];
  for await (const row of source) rows.push(row);
  const media = async (address: string) => Buffer.from(await source.loadMedia({ media: address })).toString();
  return { rows, records: rows.map(recordOf), media };
}

describe('a table with pictures', () => {
  it('has them chosen and rejected, embedded', async () => {
    const path = await table(
      'binarized.parquet',
      { prompt: 'STRING', chosen: picture, rejected: picture, chosen_model: 'STRING', rejected_model: 'STRING' },
      [
        { prompt: 'a fox', chosen: image('w'), rejected: image('l'), chosen_model: 'flux', rejected_model: 'sd' },
        { prompt: 'a fox', chosen: { bytes: null, path: 'x.png' }, rejected: null },
      ],
    );
    const { records, media } = await read(path);
    expect(records[0]).toMatchObject({
      id: 'binarized.parquet:0',
      candidates: [
        { media: '0|chosen', model: 'flux' },
        { media: '0|rejected', model: 'sd' },
      ],
      outcome: { kind: 'winner', index: 0 },
    });
    expect([await media('0|chosen'), await media('0|rejected')]).toEqual(['w', 'l']);
    await expect(media('1|chosen')).rejects.toMatchObject({ problem: 'not-local' });
    await expect(media('1|rejected')).rejects.toMatchObject({ problem: 'missing-file' });
  });

  it("has votes for each by question, as Rapidata's sets have", async () => {
    const votes = (kind: string) => [1, 2].map((i) => [`weighted_results_image${i}_${kind}`, 'DOUBLE'] as const);
    const columns = Object.fromEntries([...votes('preference'), ...votes('alignment')]);
    const path = await table(
      'rapidata.parquet',
      { prompt: 'STRING', image1: picture, image2: picture, model1: 'STRING', model2: 'STRING', ...columns },
      [
        {
          prompt: 'a fox',
          image1: image('1'),
          image2: image('2'),
          model1: 'm',
          model2: 'n',
          weighted_results_image1_preference: 0.75,
          weighted_results_image2_preference: 0.25,
          weighted_results_image1_alignment: 0,
          weighted_results_image2_alignment: 1,
        },
      ],
    );
    expect((await read(path)).records).toMatchObject([
      {
        question: 'overall',
        outcome: { kind: 'shares', p: [0.75, 0.25] },
        candidates: [{ model: 'm' }, { model: 'n' }],
      },
      { question: 'alignment', outcome: { kind: 'winner', index: 1 }, id: 'rapidata.parquet:0:alignment' },
    ]);
  });

  it('has a list of them with ranks or preferences', async () => {
    const columns = {
      prompt: 'STRING',
      images: { list: picture },
      ranks: { list: 'INT32' },
      preferences: { list: 'DOUBLE' },
    } as const;
    const images = [image('a'), image('b'), image('c')];
    const path = await table('lists.parquet', columns, [
      { prompt: 'p', images, ranks: [2, 0, 1] },
      { prompt: 'p', images, ranks: [1, 1, 2] },
      { prompt: 'p', images, preferences: [0, 1, 0] },
      { prompt: 'p', images, preferences: [0, 0, 0] },
      { prompt: 'p', images, preferences: [1, 1, 1] },
      { prompt: 'p', images, preferences: [2, 1, 1] },
      { prompt: 'p', images, preferences: [-1, 1, 1] },
      { prompt: 'p', images },
    ]);
    const { rows, media } = await read(path);
    expect(rows.map((row) => ('record' in row ? row.record.outcome : row.problem))).toEqual([
      { kind: 'ranking', order: [1, 2, 0] },
      { kind: 'scores', by: { rank: [-1, -1, -2] } },
      { kind: 'winner', index: 1 },
      { kind: 'bothBad' },
      { kind: 'tie' },
      { kind: 'shares', p: [0.5, 0.25, 0.25] },
      'bad-outcome',
      'missing-file',
    ]);
    expect(await media('2|images|1')).toBe('b');
    await expect(media('2|images|3')).rejects.toMatchObject({ problem: 'missing-file' });
  });

  it('has their paths in JSON or CSV, as HPDv3 has', async () => {
    const rows = await rowsOf(
      'hpd.json',
      JSON.stringify([
        {
          prompt: 'a fox',
          path1: 'a.png',
          path2: 'b.png',
          model1: 'kolors',
          model2: 'sd',
          confidence: 0.9,
          choice_dist: [12, 7],
        },
        { prompt: 'a fox', path1: 'a.png', path2: '../b.png' },
        { prompt: 'a fox', path1: 'a.png' },
        7,
      ]),
    );
    expect(rows[0]).toMatchObject({
      record: {
        candidates: [
          { media: 'a.png', model: 'kolors' },
          { media: 'b.png', model: 'sd' },
        ],
      },
    });
    expect(rows.slice(1).map((row) => 'problem' in row && row.problem)).toEqual([
      'outside-folder',
      'missing-file',
      'bad-row',
    ]);
    const choices = ['image_2', '1', 'tie', 'neither', 'purple'].map((choice) => `p,a.png,b.png,${choice}`);
    const csv = await rowsOf('choices.csv', ['prompt,image_1,image_2,choice', ...choices].join('\n'));
    expect(csv.map((row) => ('record' in row ? row.record.outcome : row.problem))).toEqual([
      { kind: 'winner', index: 1 },
      { kind: 'winner', index: 0 },
      { kind: 'tie' },
      { kind: 'bothBad' },
      'bad-outcome',
    ]);
  });
});
