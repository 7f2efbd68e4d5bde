import { join } from 'node:path';
import { openDiffusionModel } from '@bradley/models';
import { diffusionDpo } from '@bradley/objectives';
import { openComparisons } from '@bradley/preferences';
import { normal } from '@bradley/runtime';
import { buildPolicy, compileStep, contentCache, encodeGroups, type GroupDataset, groupBatches } from '@bradley/train';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadGroups } from './load-groups.js';
import { settingsOf } from './settings.js';
import { tinyRun, tinyWorkplace } from './tiny-model.test-support.js';

let base: string;
let folder: Awaited<ReturnType<typeof openDiffusionModel>>;
let dataset: GroupDataset;
beforeAll(async () => {
  base = await tinyWorkplace();
  folder = await openDiffusionModel(join(base, 'model'));
  const source = await openComparisons(join(base, 'comparisons'));
  dataset = await encodeGroups(folder, (await loadGroups(tinyRun(base, 'run').data, diffusionDpo)).train, {
    loadMedia: (candidate) => source.loadMedia(candidate),
    resolution: null,
    cache: contentCache(join(base, 'cache')),
    threads: 1,
  });
});

/** The compiled step of a run, its parameters moved a little away from where they start, and a batch. */
async function open(overrides: Record<string, unknown>, spread: number) {
  const settings = settingsOf(tinyRun(base, 'run', overrides));
  const { lossGraph, parameters } = await buildPolicy(folder, dataset, settings);
  const step = await compileStep(lossGraph, { threads: 1 });
  const wanted = new Set(step.session.model.inputs.map(({ name }) => name));
  const feeds = await groupBatches(folder, dataset, settings, wanted)(0);
  const { values } = parameters;
  const moved = normal({ seed: 1, stream: 'start', step: 0, index: 0 }, values.length);
  const start = values.map((value, i) => value + spread * (moved[i] as number));
  /** The loss, and its gradient, at `start + distance · along`. */
  const at = async (along: Float32Array, distance: number): Promise<{ loss: number; gradient: Float32Array }> => {
    for (let i = 0; i < values.length; i++) values[i] = (start[i] as number) + distance * (along[i] as number);
    const gradient = new Float32Array(values.length);
    const { loss } = await step.run(parameters, feeds, gradient);
    return { loss: loss as number, gradient };
  };
  return { at, count: values.length, release: () => step.session.release() };
}

const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, x, i) => sum + x * (b[i] as number), 0);
const norm = (a: Float32Array) => Math.sqrt(dot(a, a));

describe.each([
  ['a LoRA by Diffusion-DPO', { 'objective.beta': 20 }, 0.1],
  ['a LoRA by MaPO', { 'objective.name': 'mapo', 'objective.timesteps': 10 }, 0.1],
  ['the whole UNet by Diffusion-DPO', { 'objective.beta': 20, 'adapter.kind': 'full' }, 0.02],
  ['the whole UNet by supervised fine-tuning', { 'objective.name': 'sft', 'adapter.kind': 'full' }, 0.02],
])('the gradient of %s', (_name, overrides, spread) => {
  it('is the slope of the loss, along itself and along random directions', async () => {
    const { at, count, release } = await open(overrides, spread);
    const { gradient } = await at(new Float32Array(count), 0);
    const length = norm(gradient);
    expect(length).toBeGreaterThan(1e-3);
    const own = gradient.map((g) => g / length);
    // Along random directions of so many dimensions the slope is small: half of the gradient is mixed in.
    const mixed = [1, 2, 3].map((index) => {
      const random = normal({ seed: 0, stream: 'direction', step: 0, index }, count);
      const scale = 1 / norm(random);
      return random.map((r, i) => r * scale + 0.5 * (own[i] as number));
    });
    for (const along of [own, ...mixed]) {
      const step = 1e-2;
      const numeric = ((await at(along, step)).loss - (await at(along, -step)).loss) / (2 * step);
      expect(dot(gradient, along) / numeric).toBeCloseTo(1, 1.5);
    }
    await release();
  });
});

describe('a step', () => {
  it('has loss ln 2 and the same policy as reference before it has learnt anything', async () => {
    const settings = settingsOf(tinyRun(base, 'run', { 'objective.beta': 5000 }));
    const { lossGraph, parameters } = await buildPolicy(folder, dataset, settings);
    const step = await compileStep(lossGraph, { threads: 1 });
    const wanted = new Set(step.session.model.inputs.map(({ name }) => name));
    const gradient = new Float32Array(parameters.values.length);
    const metrics = await step.run(parameters, await groupBatches(folder, dataset, settings, wanted)(0), gradient);
    expect(metrics.loss).toBeCloseTo(Math.LN2, 5);
    expect(metrics.implicitAccuracy).toBe(0.5);
    // With B = 0 nothing flows to A yet.
    for (const { name, offset, shape } of parameters.segments) {
      const part = gradient.subarray(offset, offset + shape.reduce((a, b) => a * b, 1));
      expect(
        part.some((g) => g !== 0),
        name,
      ).toBe(name.endsWith('lora_B.weight'));
    }
    await step.session.release();
  });

  it('asks for no label strengths where all labels are plain, and for them where one is not', async () => {
    const inputs = async (of: GroupDataset): Promise<string[]> => {
      const { lossGraph } = await buildPolicy(folder, of, settingsOf(tinyRun(base, 'run')));
      const step = await compileStep(lossGraph, { threads: 1 });
      await step.session.release();
      return step.session.model.inputs.map(({ name }) => name);
    };
    expect(await inputs(dataset)).not.toContain('preference');
    const soft = dataset.groups.map((pair, i) => (i === 0 ? { ...pair, phi: [0.5, 0.5] } : pair));
    expect(await inputs({ ...dataset, groups: soft })).toContain('preference');
  });
});
