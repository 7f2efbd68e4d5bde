import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { encodePng } from '@bradley/formats';
import { type DiffusionModel, openDiffusionModel } from '@bradley/models';
import { objectiveNamed, rankDpo } from '@bradley/objectives';
import type { Outcome } from '@bradley/preferences';
import { uniform } from '@bradley/runtime';
import {
  askRun,
  clearControl,
  contentCache,
  createRun,
  encodeGroups,
  type GroupDataset,
  groupBatches,
} from '@bradley/train';
import { beforeAll, describe, expect, it } from 'vitest';
import { formatRunConfig } from '../config/format-run-config.js';
import { tables } from '../tables.js';
import { loadGroups } from './load-groups.js';
import { estimateRun } from './needs/estimate-run.js';
import { runTraining } from './run-training.js';
import { tinyPrompts, tinyRun, tinyWorkplace } from './tiny-model.test-support.js';
import { loraFile } from './write-result.js';

let base: string;
let model: DiffusionModel;
let dataset: GroupDataset;
beforeAll(async () => {
  base = await tinyWorkplace();
  model = await openDiffusionModel(join(base, 'model'));
  await writeRankings('ranked', [...Array(8).fill(4), ...Array(4).fill(3)]);
  dataset = await encode('ranked');
});

/** Rankings of as many pictures as are said of each, the warmest best: by scores of two scorers, or by their order alone. */
async function writeRankings(name: string, sizes: readonly number[]): Promise<void> {
  const folder = join(base, name);
  await mkdir(folder);
  const lines = await Promise.all(
    sizes.map(async (k, i) => {
      const candidates = Array.from({ length: k }, (_, side) => ({ media: `${i}-${side}.png` }));
      for (const [side, { media }] of candidates.entries()) {
        const grain = uniform({ seed: 1, stream: 'pixels', step: i, index: side }, 16 * 16 * 3);
        const tint = [20 + 50 * side, 60, 200 - 50 * side];
        const pixels = Uint8Array.from(grain, (u, at) => (tint[at % 3] as number) + Math.floor(50 * u));
        await writeFile(join(folder, media), await encodePng(pixels, 16, 16));
      }
      const warmth = candidates.map((_, side) => side);
      const scores: Outcome = { kind: 'scores', by: { warm: warmth, warmer: warmth.map((w) => w ** 2) } };
      const ranking: Outcome = { kind: 'ranking', order: warmth.toReversed() };
      const prompt = tinyPrompts[i % tinyPrompts.length];
      return JSON.stringify({ id: `${i}`, prompt, candidates, outcome: i % 2 ? ranking : scores });
    }),
  );
  await writeFile(join(folder, 'set.jsonl'), lines.join('\n'));
}

const run = (output: string, overrides: Readonly<Record<string, unknown>> = {}) =>
  tinyRun(base, output, {
    'objective.name': 'rank-dpo',
    'data.path': join(base, 'ranked', 'set.jsonl'),
    'train.steps': 12,
    'train.checkpointEvery': 2,
    ...overrides,
  });

async function encode(name: string): Promise<GroupDataset> {
  const data = { ...run('data').data, path: join(base, name, 'set.jsonl') };
  const { source, train } = await loadGroups(data, rankDpo);
  return encodeGroups(model, train, {
    loadMedia: (candidate) => source.loadMedia(candidate),
    resolution: null,
    threads: 1,
    cache: contentCache(join(base, 'cache')),
  });
}

const settings = {
  batch: 2,
  seed: 5,
  captionDropout: 0,
  timesteps: 'uniform',
  noiseDraws: null,
  batchesInRow: 2,
  shareNoise: true,
  objective: objectiveNamed('rank-dpo'),
} as const;

describe('encoded rankings', () => {
  it('are best first, with φ, in a shape for each number of candidates', () => {
    expect(dataset.shapes.map(({ sides, latent }) => [sides, latent])).toEqual([
      [4, [4, 8, 8]],
      [3, [4, 8, 8]],
    ]);
    expect(dataset.groups.map(({ images }) => images.length)).toEqual([...Array(8).fill(4), ...Array(4).fill(3)]);
    for (const { phi, images, shape } of dataset.groups) {
      expect(phi).toEqual(images.length === 4 ? [1, 2 / 3, 1 / 3, 0] : [1, 0.5, 0]);
      expect(shape).toBe(images.length === 4 ? 0 : 1);
    }
  });

  it('give batches of one size, whose noise and prompt are fed once for all candidates', async () => {
    const everything = new Set(['latents', 'noise', 'timesteps', 'phi', 'encoderHiddenStates']);
    const lengths = async (number: number, shareNoise = true) => {
      const feeds = await groupBatches(model, dataset, { ...settings, shareNoise }, everything)(number);
      return Object.fromEntries(Object.entries(feeds).map(([name, { length }]) => [name, length]));
    };
    const found = [];
    for (let number = 0; number < 6; number++) found.push(await lengths(number));
    const of = (k: number) => ({
      latents: 2 * k * 256,
      noise: 2 * 256,
      timesteps: 2,
      phi: 2 * k,
      encoderHiddenStates: 2 * 192,
    });
    expect(found.filter(({ phi }) => phi === 8)).toEqual(Array(4).fill(of(4)));
    expect(found.filter(({ phi }) => phi === 6)).toEqual(Array(2).fill(of(3)));
    const k = (found[0]?.phi as number) / 2;
    expect(await lengths(0, false)).toEqual({ ...of(k), noise: 2 * k * 256 });
  });

  it('have noise of their own, candidate by candidate, where it is not shared; the first keeps the shared one', async () => {
    const noise = async (shareNoise: boolean) => {
      const feeds = await groupBatches(model, dataset, { ...settings, shareNoise }, new Set(['noise']))(0);
      return feeds.noise as Float32Array;
    };
    const [own, shared] = [await noise(false), await noise(true)];
    expect(own.slice(0, shared.length)).toEqual(shared);
    const rows = Array.from({ length: own.length / 256 }, (_, i) => String(own.slice(256 * i, 256 * i + 256)));
    expect(new Set(rows).size).toBe(rows.length);
  });
});

describe('a run of RankDPO', () => {
  const lines = async (folder: string): Promise<Record<string, unknown>[]> =>
    (await readFile(join(folder, 'metrics.jsonl'), 'utf8').catch(() => ''))
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  const create = async (name: string, overrides: Readonly<Record<string, unknown>>): Promise<string> => {
    const config = run(name, overrides);
    await createRun(config.output, formatRunConfig(config, tables));
    return config.output;
  };

  it.each([
    ['', {}],
    [' on fixed draws with noise of their own', { 'train.noiseDraws': 2, 'train.shareNoise': false }],
  ] as const)('stopped and resumed%s has the bytes of one that was not', async (what, overrides) => {
    const whole = await create(`whole${what}`, overrides);
    expect(await runTraining(whole)).toBe('finished');
    const parts = await create(`parts${what}`, overrides);
    const running = runTraining(parts);
    while ((await lines(parts)).length < 3) await sleep(1);
    await askRun(parts, { pause: false, stop: true });
    expect(await running).toBe('stopped');
    await clearControl(parts);
    expect(await runTraining(parts)).toBe('finished');
    const bytes = (folder: string) => readFile(join(folder, loraFile));
    expect((await bytes(parts)).equals(await bytes(whole))).toBe(true);
    const [first] = (await lines(whole)).filter(({ loss }) => loss !== undefined);
    // Policy and reference agree before the first step.
    const sum = Number(first?.loss) / Math.LN2;
    expect([4, 3].some((k) => Math.abs(sum - sumOfWeights(k)) < 1e-3)).toBe(true);
  });

  it('judges held-out rankings by all their pairs, with an interval over rankings', async () => {
    const folder = await create('validated', {
      'data.heldOut': 0.5,
      'data.splitSalt': '5',
      'validate.every': 4,
      'train.steps': 4,
      'validate.prompts': ['cat'],
      'validate.steps': 2,
    });
    expect(await runTraining(folder)).toBe('finished');
    const facts = (await lines(folder)).findLast(({ heldOutAccuracy }) => heldOutAccuracy !== undefined);
    const { heldOutPairs, heldOutRankings, heldOutAccuracyLow, heldOutAccuracyHigh } = facts as Record<string, number>;
    expect(heldOutPairs).toBeGreaterThanOrEqual(3 * (heldOutRankings as number));
    expect(heldOutPairs).toBeLessThanOrEqual(6 * (heldOutRankings as number));
    expect(heldOutAccuracyLow).toBeLessThanOrEqual(heldOutAccuracyHigh as number);
    const page = await readFile(join(folder, 'validation', 'index.html'), 'utf8');
    expect(page).toContain(`pairs in ${heldOutRankings} rankings`);
  });

  it('needs more memory for four candidates than a pair does', async () => {
    const activations = async (overrides: Readonly<Record<string, unknown>>) =>
      (await estimateRun(run('needs', overrides))).phases
        .find(({ name }) => name === 'training')
        ?.parts.find(({ name }) => name === 'step: activations and workspace')?.bytes ?? 0;
    const pair = await activations({ 'objective.name': 'diffusion-dpo', 'train.batch': 8, 'data.scorer': 'warm' });
    expect(await activations({ 'train.batch': 8 })).toBeGreaterThan(1.5 * pair);
  });

  it('refuses settings that would do nothing, and rankings of too many', async () => {
    expect(() => run('pairs', { 'data.rankings': 'best-vs-rest' })).toThrow('learns from whole rankings');
    expect(() => run('one', { 'objective.name': 'sft', 'train.shareNoise': false })).toThrow(
      'shares its noise with none',
    );
    await writeRankings('many', [9]);
    const data = { ...run('many').data, path: join(base, 'many', 'set.jsonl') };
    await expect(loadGroups(data, rankDpo)).rejects.toThrow('record 0: it ranks 9 candidates');
    await expect(loadGroups({ ...data, scorer: 'cold' }, rankDpo)).rejects.toThrow('no scores by cold');
  });
});

/** ΣΔ of k candidates whose φ fall by equal steps from 1 to 0. */
function sumOfWeights(k: number): number {
  const gain = (i: number): number => 2 ** (1 - i / (k - 1)) - 1;
  const discount = (i: number): number => 1 / Math.log(2 + i);
  let sum = 0;
  for (let i = 0; i < k; i++) for (let j = i + 1; j < k; j++) sum += (gain(i) - gain(j)) * (discount(i) - discount(j));
  return sum;
}
