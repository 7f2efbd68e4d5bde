import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type DiffusionModel, openDiffusionModel } from '@bradley/models';
import { diffusionDpo } from '@bradley/objectives';
import { normal } from '@bradley/runtime';
import {
  askRun,
  buildPolicy,
  type ContentCache,
  clearControl,
  compileStep,
  contentCache,
  createRun,
  type EncodedGroup,
  encodeGroups,
  type GroupDataset,
  groupBatches,
  keepReferenceErrors,
} from '@bradley/train';
import { beforeAll, describe, expect, it } from 'vitest';
import { formatRunConfig } from '../config/format-run-config.js';
import { tables } from '../tables.js';
import { loadGroups } from './load-groups.js';
import { runTraining } from './run-training.js';
import { settingsOf } from './settings.js';
import { tinyRun, tinyWorkplace } from './tiny-model.test-support.js';
import { loraFile } from './write-result.js';

let base: string;
let model: DiffusionModel;
let dataset: GroupDataset;
beforeAll(async () => {
  base = await tinyWorkplace();
  model = await openDiffusionModel(join(base, 'model'));
  const { source, train } = await loadGroups(tinyRun(base, 'run').data, diffusionDpo);
  const encoded = await encodeGroups(model, train, {
    loadMedia: (candidate) => source.loadMedia(candidate),
    resolution: null,
    cache: contentCache(join(base, 'cache')),
    threads: 1,
  });
  // One tie, so that labels are fed too.
  dataset = { ...encoded, groups: encoded.groups.map((pair, i) => (i === 0 ? { ...pair, phi: [0.5, 0.5] } : pair)) };
});

const settingsWith = (draws: number | null, more: Record<string, unknown> = {}) =>
  settingsOf(
    tinyRun(base, 'run', { 'train.noiseDraws': draws, 'train.captionDropout': 0.3, 'objective.beta': 20, ...more }),
  );
const fixed = (draws: number, more: Record<string, unknown> = {}) => ({
  ...settingsWith(draws, more),
  timesteps: 'uniform' as const,
  noiseDraws: draws,
});

/** A cache of that name, and how often it has made something. */
function counted(name: string): { cache: ContentCache; made: () => number } {
  const inner = contentCache(join(base, name));
  let made = 0;
  const get: ContentCache['get'] = (key, make) =>
    inner.get(key, () => {
      made++;
      return make();
    });
  return { cache: { get }, made: () => made };
}

/** Everything that a step may be fed. */
const everything = ['latents', 'noise', 'timesteps', 'signal', 'spread', 'encoderHiddenStates', 'preference'];

/** Loss, metrics and gradient of a batch, with the parameters a little away from where they start. */
async function stepOf(settings: ReturnType<typeof settingsWith>, feeds: Awaited<ReturnType<typeof batchOf>>) {
  const { lossGraph, parameters } = await buildPolicy(model, dataset, settings);
  const moved = normal({ seed: 1, stream: 'start', step: 0, index: 0 }, parameters.values.length);
  parameters.values.forEach((value, i) => {
    parameters.values[i] = value + 0.1 * (moved[i] as number);
  });
  const step = await compileStep(lossGraph, { threads: 1 });
  const gradient = new Float32Array(parameters.values.length);
  const metrics = await step.run(parameters, feeds, gradient);
  await step.session.release();
  const inputs = step.session.model.inputs.map(({ name }) => name);
  return { metrics, gradient, inputs, bytes: step.session.model.bytes.length };
}
const batchOf = (wanted: readonly string[], number: number, settings: ReturnType<typeof settingsWith>) =>
  groupBatches(model, dataset, settings, new Set(wanted), settings.references)(number);

describe('a step with fixed draws of noise', () => {
  it('has the loss, the metrics and the gradient of the whole graph on the same draws, without the reference', async () => {
    const settings = fixed(2);
    const references = await keepReferenceErrors(model, dataset, settings, { cache: counted('a').cache, batches: 24 });
    if (!references) throw new Error('stopped');
    for (const number of [0, 5, 6, 11]) {
      const feeds = await batchOf([...everything, 'referenceErrors'], number, { ...settings, references });
      const { referenceErrors: _, ...noised } = feeds;
      const [kept, whole] = [await stepOf(settings, feeds), await stepOf(settingsWith(null), noised)];
      expect(kept.inputs).toContain('referenceErrors');
      expect(whole.inputs).not.toContain('referenceErrors');
      expect(kept.bytes).toBeLessThan(whole.bytes);
      expect(Object.keys(kept.metrics)).toEqual(Object.keys(whole.metrics));
      for (const [name, value] of Object.entries(kept.metrics)) expect(value).toBeCloseTo(whole.metrics[name] ?? 0, 5);
      const largest = Math.max(...whole.gradient.map(Math.abs));
      expect(largest).toBeGreaterThan(1e-3);
      expect(Math.max(...kept.gradient.map((g, i) => Math.abs(g - (whole.gradient[i] as number))))).toBeLessThan(
        1e-5 * largest,
      );
    }
  });

  it('sees the draws of a pair in turn, and from epoch K on the same again', async () => {
    const batch = (number: number) => batchOf(everything, number, fixed(2, { 'train.batch': 12 }));
    const latentsOf = async (number: number) => {
      const { latents } = await batch(number);
      const rows = Array.from({ length: 24 }, (_, i) =>
        String((latents as Float32Array).slice(i * 256, i * 256 + 256)),
      );
      return new Set(rows);
    };
    const [first, second, third] = [await latentsOf(0), await latentsOf(1), await latentsOf(2)];
    expect(third).toEqual(first); // in another order
    for (const row of second) expect(first).not.toContain(row);
    expect((await batch(2)).latents).not.toEqual((await batch(0)).latents);
  });

  it('draws for a pair what it is, wherever it stands and with whichever others', async () => {
    const draws = async (of: GroupDataset) => {
      const settings = fixed(1, { 'train.batch': of.groups.length });
      const { noise } = await groupBatches(model, of, settings, new Set(['noise']))(0);
      return new Set(of.groups.map((_, i) => String((noise as Float32Array).slice(i * 256, i * 256 + 256))));
    };
    const all = await draws(dataset);
    expect(all.size).toBe(12);
    for (const row of await draws({ ...dataset, groups: dataset.groups.slice(3, 9).reverse() }))
      expect(all).toContain(row);
  });
});

describe('the kept errors of the reference', () => {
  it('are those of the frozen model on that draw', async () => {
    const settings = fixed(2, { 'train.batch': 1 });
    const references = await keepReferenceErrors(model, dataset, settings, { cache: counted('b').cache, batches: 3 });
    if (!references) throw new Error('stopped');
    for (const number of [0, 1, 2]) {
      const feeds = await batchOf([...everything, 'referenceErrors'], number, { ...settings, references });
      const { referenceErrors, ...noised } = feeds;
      // With B = 0 the policy is the reference, so the whole graph's errors at the start are the reference's.
      const { lossGraph, parameters } = await buildPolicy(model, dataset, settingsWith(null, { 'train.batch': 1 }));
      const step = await compileStep(lossGraph, { threads: 1 });
      const { modelError } = await step.run(parameters, noised, new Float32Array(parameters.values.length));
      await step.session.release();
      const [chosen = 0, rejected = 0] = referenceErrors as Float32Array;
      expect((chosen + rejected) / 2 / (modelError as number)).toBeCloseTo(1, 5);
      expect(chosen).not.toBe(rejected);
    }
  });

  it('are computed once, also where the pass was stopped between any two of them', async () => {
    const { cache, made } = counted('c');
    const settings = fixed(3);
    let stops = 0;
    for (let passed = 0; passed < 36; passed += 5) {
      let seen = 0;
      const proceed = async () => (++seen > 5 + passed ? 'stop' : 'go') as 'go' | 'stop';
      const kept = await keepReferenceErrors(model, dataset, settings, { cache, batches: 1000, threads: 1, proceed });
      expect(made()).toBe(Math.min(36, passed + 5));
      if (!kept) stops++;
    }
    expect(stops).toBe(7);
    const again = await keepReferenceErrors(model, dataset, settings, { cache, batches: 1000, threads: 1 });
    expect(made()).toBe(36);
    const apart = await keepReferenceErrors(model, dataset, settings, { cache: counted('d').cache, batches: 1000 });
    for (const pair of dataset.groups.keys())
      for (const draw of [0, 1, 2]) expect(again?.(pair, draw)).toEqual(apart?.(pair, draw));
  });

  it('are only those of draws that training visits', async () => {
    const { cache, made } = counted('e');
    await keepReferenceErrors(model, dataset, fixed(50), { cache, batches: 4, threads: 1 }); // of two pairs each
    expect(made()).toBe(8);
  });

  it('are others for another seed, picture or caption', async () => {
    const { cache, made } = counted('f');
    const pass = (more: Record<string, unknown>, of = dataset) =>
      keepReferenceErrors(model, of, fixed(1, more), { cache, batches: 6, threads: 1 });
    await pass({ 'train.captionDropout': 0 });
    await pass({ 'train.captionDropout': 1 });
    expect(made()).toBe(24);
    await pass({ 'train.captionDropout': 0, 'train.seed': 9 });
    expect(made()).toBe(36);
    const renamed = (pair: EncodedGroup) => ({
      ...pair,
      images: pair.images.map((image, i) => (i === 0 ? { ...image, key: `${image.key}'` } : image)),
    });
    const readImage: GroupDataset['readImage'] = (image) =>
      dataset.readImage({ ...image, key: image.key.replace("'", '') });
    await pass({ 'train.captionDropout': 0 }, { ...dataset, groups: dataset.groups.map(renamed), readImage });
    expect(made()).toBe(48);
  });
});

describe('a run with fixed draws of noise', () => {
  const overrides = { 'train.noiseDraws': 2, 'train.captionDropout': 0.3, 'train.steps': 14 };
  const create = async (name: string): Promise<string> => {
    const config = tinyRun(base, name, overrides);
    await createRun(config.output, formatRunConfig(config, tables));
    return config.output;
  };
  const lines = async (folder: string) =>
    (await readFile(join(folder, 'metrics.jsonl'), 'utf8').catch(() => ''))
      .split('\n')
      .slice(0, -1)
      .map((line): Record<string, unknown> => JSON.parse(line));
  const losses = async (folder: string) =>
    (await lines(folder)).flatMap(({ loss }) => (loss === undefined ? [] : loss));

  it('stopped in its first pass and after steps has the bytes of one that was not', async () => {
    const [whole, parts] = [await create('whole'), await create('parts')];
    process.env.BRADLEY_CACHE = join(base, 'cache of the whole');
    expect(await runTraining(whole)).toBe('finished');
    process.env.BRADLEY_CACHE = join(base, 'cache of the parts');
    await askRun(parts, { pause: false, stop: true });
    expect(await runTraining(parts)).toBe('stopped');
    expect(await losses(parts)).toEqual([]);
    for (let ended = 'stopped'; ended !== 'finished'; ) {
      await clearControl(parts);
      const made = (await losses(parts)).length;
      const running = runTraining(parts);
      const tick = () => new Promise((resolve) => setTimeout(resolve, 1));
      while ((await losses(parts)).length < made + 2 && !(await Promise.race([running, tick()])));
      await askRun(parts, { pause: false, stop: true });
      ended = await running;
    }
    expect((await readFile(join(parts, loraFile))).equals(await readFile(join(whole, loraFile)))).toBe(true);
    expect(await losses(parts)).toEqual(await losses(whole));
    expect(await losses(whole)).toHaveLength(14);
  });
});

it('are refused to an objective that compares with no reference', () => {
  expect(() => tinyRun(base, 'run', { 'objective.name': 'mapo', 'train.noiseDraws': 2 })).toThrow(
    'train.noiseDraws (from --train.noiseDraws): fixed draws keep the errors of a reference, and mapo compares with no reference: leave it out',
  );
});
