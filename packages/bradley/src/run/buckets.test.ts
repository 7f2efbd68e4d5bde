import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodePng } from '@bradley/formats';
import { type DiffusionModel, openDiffusionModel } from '@bradley/models';
import { diffusionDpo } from '@bradley/objectives';
import { openComparisons } from '@bradley/preferences';
import { uniform } from '@bradley/runtime';
import {
  askRun,
  clearControl,
  contentCache,
  createRun,
  encodeGroups,
  type GroupDataset,
  timeIds,
} from '@bradley/train';
import { beforeAll, describe, expect, it } from 'vitest';
import { formatRunConfig } from '../config/format-run-config.js';
import { tables } from '../tables.js';
import { bucketTable } from './bucket-table.js';
import { loadGroups } from './load-groups.js';
import { runTraining } from './run-training.js';
import { tinyRun, tinyWorkplace } from './tiny-model.test-support.js';
import { loraFile } from './write-result.js';

/** Width and height of both pictures of each pair. The tiny model's buckets of 16² are 16×16, 20×12 and 12×20. */
const pictures: (readonly [chosen: readonly [number, number], rejected: readonly [number, number]])[] = [
  ...Array.from(
    { length: 5 },
    () =>
      [
        [16, 16],
        [40, 40],
      ] as const,
  ),
  ...Array.from(
    { length: 4 },
    () =>
      [
        [60, 36],
        [30, 20],
      ] as const,
  ),
  ...Array.from(
    { length: 2 },
    () =>
      [
        [12, 20],
        [24, 40],
      ] as const,
  ),
  [
    [60, 36],
    [36, 60],
  ],
];

let base: string;
let model: DiffusionModel;
let dataset: GroupDataset;
const buckets = { maxAspect: 2, multiple: null, inRow: 2, loaded: 1 };
beforeAll(async () => {
  base = await tinyWorkplace();
  const folder = join(base, 'shapes');
  for (const [side, name] of (['chosen', 'rejected'] as const).entries()) {
    await mkdir(join(folder, name), { recursive: true });
    for (const [i, sizes] of pictures.entries()) {
      const [width, height] = sizes[side] as readonly [number, number];
      const grain = uniform({ seed: side, stream: 'picture', step: 0, index: i }, 3 * width * height);
      const png = await encodePng(
        Uint8Array.from(grain, (u) => 255 * u),
        width,
        height,
      );
      await writeFile(join(folder, name, `${String(i).padStart(2, '0')}.png`), png);
      await writeFile(join(folder, `${String(i).padStart(2, '0')}.txt`), i % 2 ? 'cat' : 'pizza');
    }
  }
  model = await openDiffusionModel(join(base, 'model'));
  const { source, train } = await loadGroups(runOf('data').data, diffusionDpo);
  dataset = await encodeGroups(model, train, {
    loadMedia: (candidate) => source.loadMedia(candidate),
    resolution: null,
    buckets,
    cache: contentCache(join(base, 'cache')),
    threads: 1,
  });
});

const runOf = (output: string, overrides: Record<string, unknown> = {}) =>
  tinyRun(base, output, {
    'data.path': join(base, 'shapes'),
    'data.buckets': buckets,
    'train.steps': 10,
    ...overrides,
  });
const create = async (output: string, overrides: Record<string, unknown> = {}): Promise<string> => {
  const config = runOf(output, overrides);
  await createRun(config.output, formatRunConfig(config, tables));
  return config.output;
};
const lines = async (folder: string) =>
  (await readFile(join(folder, 'metrics.jsonl'), 'utf8').catch(() => ''))
    .split('\n')
    .slice(0, -1)
    .map((line): Record<string, unknown> => JSON.parse(line));
const losses = async (folder: string) =>
  (await lines(folder)).flatMap(({ loss }) => (loss === undefined ? [] : [loss]));
const result = (folder: string) => readFile(join(folder, loraFile));

describe('pairs in buckets', () => {
  it('have the size nearest to both pictures, and latents of it', async () => {
    const sizes = dataset.shapes.map(({ width, height }) => `${width}×${height}`);
    expect(new Set(sizes)).toEqual(new Set(['16×16', '20×12', '12×20']));
    expect(dataset.groups.map(({ shape }) => sizes[shape])).toEqual([
      ...Array(5).fill('16×16'),
      ...Array(4).fill('20×12'),
      ...Array(2).fill('12×20'),
      '16×16',
    ]);
    for (const { shape, images } of dataset.groups) {
      const { height, width, latent } = dataset.shapes[shape] as (typeof dataset.shapes)[number];
      expect(latent).toEqual([4, height / 2, width / 2]);
      for (const side of images) expect((await dataset.readImage(side)).mean).toHaveLength((4 * height * width) / 4);
    }
  });

  it('tell SDXL the size of the chosen picture, where it was cut, and the size of its bucket', () => {
    const ids = (pair: number) => [...timeIds(dataset.groups[pair] as GroupDataset['groups'][number], dataset)];
    expect(ids(0)).toEqual([16, 16, 0, 0, 16, 16]);
    expect(ids(5)).toEqual([36, 60, 0, 0, 12, 20]);
    expect(ids(9)).toEqual([20, 12, 0, 0, 20, 12]);
    expect(ids(11)).toEqual([36, 60, 0, 5, 16, 16]); // 60×36 is brought to 26×16
  });

  it('are told with their counts, and with those whose two pictures are of different shapes', () => {
    expect(bucketTable(dataset, 2)).toEqual([
      'buckets (width×height, pairs): 16×16 6, 20×12 4, 12×20 2',
      '1 pairs have pictures whose aspect ratios differ by more than a factor of 1.25: both are cut to the bucket between them',
    ]);
    expect(bucketTable(dataset, 4)[1]).toMatch(/^1 buckets have fewer pairs than a batch of 4/);
  });

  it('are other entries of the cache than squares of the same pictures', async () => {
    const { train } = await loadGroups(runOf('data').data, diffusionDpo);
    const source = await openComparisons(join(base, 'shapes'));
    const square = await encodeGroups(model, train, {
      loadMedia: (candidate) => source.loadMedia(candidate),
      resolution: null,
      cache: contentCache(join(base, 'cache')),
      threads: 1,
    });
    expect(square.shapes).toHaveLength(1);
    for (const [i, { images }] of square.groups.entries()) {
      const [chosen] = images as [(typeof images)[number]];
      expect((await square.readImage(chosen)).mean).toHaveLength(256);
      const same = dataset.groups[i]?.images[0];
      expect(same?.content).toBe(chosen.content);
      expect(same?.key === chosen.key).toBe(dataset.shapes[dataset.groups[i]?.shape ?? 0]?.height === 16);
    }
  });
});

describe('a run on buckets', () => {
  it.each([
    ['', {}],
    [' on fixed draws of noise', { 'train.noiseDraws': 2, 'train.accumulate': 2 }],
  ])('%s stopped and resumed has the bytes of one that was not, however many steps stay loaded', async (name, more) => {
    const [whole, parts] = [await create(`whole${name}`, more), await create(`parts${name}`, more)];
    expect(await runTraining(whole)).toBe('finished');
    const said = (await lines(whole)).map(({ message }) => message);
    expect(said[0]).toBe('buckets (width×height, pairs): 16×16 6, 20×12 4, 12×20 2');
    for (let ended = 'stopped'; ended !== 'finished'; ) {
      await clearControl(parts);
      const made = (await losses(parts)).length;
      const running = runTraining(parts);
      const tick = () => new Promise((resolve) => setTimeout(resolve, 1));
      while ((await losses(parts)).length < made + 3 && !(await Promise.race([running, tick()])));
      await askRun(parts, { pause: false, stop: true });
      ended = await running;
    }
    expect((await result(parts)).equals(await result(whole))).toBe(true);
    expect(await losses(parts)).toEqual(await losses(whole));
    const loaded = await create(`loaded${name}`, { ...more, 'data.buckets.loaded': 3 });
    await runTraining(loaded);
    expect((await result(loaded)).equals(await result(whole))).toBe(true);
  });

  it('validates on held-out pairs of every shape', async () => {
    const folder = await create('validated', {
      'data.heldOut': 0.5,
      'data.splitSalt': '5',
      'train.steps': 2,
      'validate.every': 2,
      'validate.steps': 1,
    });
    expect(await runTraining(folder)).toBe('finished');
    const { heldOut } = await loadGroups(
      runOf('validated', { 'data.heldOut': 0.5, 'data.splitSalt': '5' }).data,
      diffusionDpo,
    );
    expect(heldOut.length).toBeGreaterThan(0);
    expect((await lines(folder)).find(({ heldOutPairs }) => heldOutPairs !== undefined)?.heldOutPairs).toBe(
      heldOut.length,
    );
  });

  it('at a resolution that the model cannot halve is refused before it begins', async () => {
    const { startRun } = await import('./start-run.js');
    await expect(startRun(runOf('odd', { 'data.resolution': 24, 'data.buckets.multiple': 16 }))).rejects.toThrow(
      'data.resolution 24: with buckets it must be a multiple of 16, which data.buckets.multiple says. Choose 32.',
    );
  });
});
