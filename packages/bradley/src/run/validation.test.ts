import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeImage, fromModelRange } from '@bradley/formats';
import { type DiffusionModel, openDiffusionModel, openImageSampler, type PolicyWeights } from '@bradley/models';
import { diffusionDpo } from '@bradley/objectives';
import type { Candidate } from '@bradley/preferences';
import { askRun, buildPolicy, clearControl, contentCache, createRun, encodeGroups, observeRun } from '@bradley/train';
import { beforeAll, describe, expect, it } from 'vitest';
import { formatRunConfig } from '../config/format-run-config.js';
import type { RunConfig } from '../config/run-config.js';
import { tables } from '../tables.js';
import { loadGroups } from './load-groups.js';
import { runTraining } from './run-training.js';
import { settingsOf } from './settings.js';
import { tinyRun, tinyWorkplace } from './tiny-model.test-support.js';

let base: string;
beforeAll(async () => {
  base = await tinyWorkplace();
});

async function create(output: string, overrides: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const config = tinyRun(base, output, {
    'data.heldOut': 0.4,
    'train.steps': 8,
    'validate.every': 4,
    'validate.steps': 2,
    ...overrides,
  });
  await createRun(config.output, formatRunConfig(config, tables));
  return config.output;
}

/** The records of validations. */
const validations = async (folder: string) =>
  (await readFile(join(folder, 'metrics.jsonl'), 'utf8'))
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter((record) => 'heldOutLoss' in record);
const picture = (folder: string, name: string) => readFile(join(folder, 'validation', name));
/** What a pattern finds in the page of a run. */
const inPage = async (folder: string, pattern: RegExp) =>
  [...(await readFile(join(folder, 'validation/index.html'), 'utf8')).matchAll(pattern)].map(([, found]) => found);
const headings = (folder: string) => inPage(folder, /<th scope="col">([^<]*)/g);

/** The weights that a run begins with. */
async function firstWeights(model: DiffusionModel, config: RunConfig): Promise<PolicyWeights> {
  const { source, train } = await loadGroups(config.data, diffusionDpo);
  const cache = contentCache(join(base, 'cache'));
  const options = { loadMedia: (of: Candidate) => source.loadMedia(of), resolution: null, cache };
  const { parameters } = await buildPolicy(model, await encodeGroups(model, train, options), settingsOf(config));
  const { adapter } = config;
  return { config: adapter.kind === 'lora' ? adapter : 'full', tensors: parameters.views };
}

describe('a run that is validated', () => {
  it('has before its first step and at its own the loss and accuracy on held-out prompts with count and interval', async () => {
    const folder = await create('validated');
    expect(await runTraining(folder)).toBe('finished');
    const records = await validations(folder);
    expect(records.map(({ step }) => step)).toEqual([0, 4, 8]); // checkpoints fall on 3, 6 and 8
    expect(records[0]?.heldOutLoss).toBeCloseTo(Math.log(2), 6); // the policy is the reference
    expect(records[0]).not.toHaveProperty('heldOutAccuracy');
    for (const { heldOutAccuracy, heldOutPairs, heldOutAccuracyLow, heldOutAccuracyHigh } of records.slice(1)) {
      const right = Number(heldOutAccuracy) * Number(heldOutPairs);
      expect(heldOutPairs).toBeGreaterThan(0);
      expect(right).toBeCloseTo(Math.round(right), 9);
      expect(heldOutAccuracyLow).toBeLessThan(Number(heldOutAccuracy));
      expect(heldOutAccuracyHigh).toBeLessThanOrEqual(1);
    }
    expect(await observeRun(folder)).toMatchObject({ bestCheckpoint: 'step-000008' });
  });

  it('has the base model and each step side by side, as a grid, as single pictures and on a page', async () => {
    const folder = await create('pictures', { 'validate.prompts': ['cat', 'bear'], 'validate.seeds': [0, 1] });
    await runTraining(folder);
    expect((await readdir(join(folder, 'validation'))).sort()).toEqual([
      'base',
      'index.html',
      ...['step-000000', 'step-000000.png', 'step-000004', 'step-000004.png', 'step-000008', 'step-000008.png'],
    ]);
    const base = await Promise.all([0, 1, 2, 3].map((row) => picture(folder, `base/0${row}.png`)));
    expect(new Set(base.map(String)).size).toBe(4); // two prompts, two seeds
    for (const [row, bytes] of base.entries()) {
      expect((await picture(folder, `step-000000/0${row}.png`)).equals(bytes)).toBe(true);
      expect((await picture(folder, `step-000008/0${row}.png`)).equals(bytes)).toBe(false);
    }
    const { width, height } = await decodeImage(join(folder, 'validation/step-000008.png'));
    expect(height).toBeGreaterThan(1.9 * width); // four rows, two columns

    expect(await headings(folder)).toEqual(['base', 'step 0', 'step 4', 'step 8']);
    const captions = ['cat · seed 0', 'cat · seed 1', 'bear · seed 0', 'bear · seed 1'];
    expect(await inPage(folder, /<th scope="row">([^<]*)/g)).toEqual(captions);
    const links = await inPage(folder, /<a href="([^"]+)"/g);
    expect(links).toHaveLength(4 * 4);
    for (const link of links) expect((await picture(folder, link as string)).length).toBeGreaterThan(100);
  });

  it('begins with what the base model draws, as the weights that it begins with draw it', async () => {
    const settings = { prompts: ['cat', 'pizza'], seeds: [0, 1], steps: 3, guidance: 2 };
    const model = await openDiffusionModel(join(base, 'model'));
    const sample = async (config: PolicyWeights['config'] | null, weights: PolicyWeights | null) => {
      const sampler = await openImageSampler(model, {
        threads: 1,
        byTurns: true,
        ...(config ? { adapter: config } : {}),
      });
      return (await sampler.sample({ ...settings, adapter: weights })).map(({ data }) => fromModelRange(data));
    };
    const drawn = await sample(null, null);
    for (const kind of ['lora', 'full'] as const) {
      const config = tinyRun(base, `first ${kind}`, { 'adapter.kind': kind, 'objective.name': 'sft' });
      const weights = await firstWeights(model, config);
      expect(await sample(weights.config, weights)).toEqual(drawn);
    }
  });

  it('that is stopped and resumed has the same validations', async () => {
    const folder = await create('resumed', { 'validate.every': 2, 'train.steps': 4, 'validate.prompts': ['cat'] });
    await askRun(folder, { pause: false, stop: true });
    for (let rounds = 0; (await runTraining(folder)) === 'stopped'; rounds++) {
      expect(rounds).toBeLessThan(3);
      await clearControl(folder);
    }
    const whole = await create('whole', { 'validate.every': 2, 'train.steps': 4, 'validate.prompts': ['cat'] });
    await runTraining(whole);
    expect(await validations(folder)).toEqual(await validations(whole));
    expect(await validations(folder)).toHaveLength(3);
    expect((await picture(folder, 'step-000004.png')).equals(await picture(whole, 'step-000004.png'))).toBe(true);
  });

  it('and was killed after a validation has no picture of a step that it goes back before', async () => {
    const settings = { 'validate.every': 2, 'train.steps': 2, 'validate.prompts': ['cat'] };
    const folder = await create('killed', settings);
    await runTraining(folder);
    await rm(join(folder, 'checkpoints'), { recursive: true });
    await writeFile(join(folder, 'control.json'), '{"stop": true}');
    const [kept] = [await picture(folder, 'base/00.png')];
    expect(await runTraining(folder)).toBe('stopped');
    expect(await readdir(join(folder, 'validation'))).toEqual(['base']); // stopped before its first validation
    await clearControl(folder);
    expect(await runTraining(folder)).toBe('finished');
    expect(await headings(folder)).toEqual(['base', 'step 0', 'step 2']);
    expect((await picture(folder, 'base/00.png')).equals(kept)).toBe(true);
  });

  it('draws a full fine-tuning as the model that it then writes', async () => {
    const folder = await create('full', {
      'adapter.kind': 'full',
      'objective.name': 'sft',
      'train.steps': 2,
      'validate.prompts': ['cat'],
    });
    await runTraining(folder);
    const sampler = await openImageSampler(await openDiffusionModel(join(folder, 'model')), { threads: 1 });
    const [drawn] = await sampler.sample({ prompts: ['cat'], seeds: [0], sampler: 'ddim', steps: 2, guidance: 5 });
    await sampler.release();
    const { data } = await decodeImage(await picture(folder, 'step-000002/00.png'));
    const expected = fromModelRange(drawn?.data ?? new Float32Array());
    expect(Math.max(...data.map((value, i) => Math.abs(value - (expected[i] as number))))).toBeLessThanOrEqual(1);
    expect((await picture(folder, 'base/00.png')).equals(await picture(folder, 'step-000002/00.png'))).toBe(false);
  });
});
