import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { implicitMargins } from '@bradley/evaluate';
import { readLora, readSafetensors, toFloat32 } from '@bradley/formats';
import { openDiffusionModel, openImageSampler, type SamplingAdapter } from '@bradley/models';
import { diffusionDpo } from '@bradley/objectives';
import { openComparisons, promptKey, writeTeachers } from '@bradley/preferences';
import { contentCache, createRun, encodeGroups } from '@bradley/train';
import { beforeAll, describe, expect, it } from 'vitest';
import { formatRunConfig } from '../config/format-run-config.js';
import { originOfLora, originOfModel } from '../evaluate/origin.js';
import { readSamplingAdapter as readAdapter } from '../lora/use-lora.js';
import { tables } from '../tables.js';
import { readLearntFrom } from './learnt-from-file.js';
import { loadGroups } from './load-groups.js';
import { runTraining } from './run-training.js';
import { tinyPrompts, tinyRun, tinyWorkplace, writeTinyComparisons } from './tiny-model.test-support.js';
import { fullFolder, kohyaFile, loraFile } from './write-result.js';

let base: string;
let lora: string;
let full: string;
const longer = { 'train.steps': 80, 'train.batch': 4, 'train.checkpointEvery': 100 };
beforeAll(async () => {
  base = await tinyWorkplace();
  const train = async (output: string, overrides: Readonly<Record<string, unknown>>) => {
    const config = tinyRun(base, output, { ...longer, ...overrides });
    await createRun(config.output, formatRunConfig(config, tables));
    await runTraining(config.output);
    return config.output;
  };
  lora = join(await train('lora', {}), loraFile);
  await writeFile(join(base, 'model/README.md'), 'the card of the model that it was');
  full = join(await train('full', { 'adapter.kind': 'full', 'objective.name': 'sft', 'train.steps': 5 }), fullFolder);
});

const open = (path: string) => openDiffusionModel(path);
const request = { prompts: tinyPrompts.slice(0, 2), seeds: [0, 1], steps: 3, guidance: 2 };

/** Samples two prompts; the pictures as flat numbers. */
async function sample(model: string, adapter: SamplingAdapter | null = null, more: Partial<typeof request> = {}) {
  const sampler = await openImageSampler(await open(model), {
    threads: 1,
    ...(adapter ? { adapter: adapter.config } : {}),
  });
  const images = await sampler.sample({ ...request, ...more, adapter });
  await sampler.release();
  return images.map(({ data }) => Array.from(data));
}

const model = () => join(base, 'model');
const readSamplingAdapter = async (path: string, strength = 1) => readAdapter(await open(model()), path, strength);
const furthest = (a: number[][], b: number[][]) =>
  Math.max(...a.flatMap((row, i) => row.map((x, k) => Math.abs(x - (b[i]?.[k] ?? Number.NaN)))));

describe('a sampled picture', () => {
  it('is written in the names of diffusers and of kohya-ss alike', async () => {
    const diffusers = await readLora(lora);
    const kohya = await readLora(join(dirname(lora), kohyaFile));
    expect([diffusers.layout, kohya.layout]).toEqual(['diffusers', 'kohya']);
    expect(kohya.modules).toEqual(diffusers.modules);
  });

  it('says what it learnt from, in its file and in the folder of the run', async () => {
    const seen = { raters: ['unknown'], prompts: tinyPrompts.map(promptKey).sort() };
    expect(await readLearntFrom(dirname(lora))).toEqual(seen);
    expect(await originOfLora(lora)).toEqual(seen);
    expect(await originOfLora(join(dirname(lora), kohyaFile))).toEqual(seen);
    expect(await originOfModel(full)).toEqual(seen);
    expect(await originOfModel(model())).toBeNull();
    await cp(full, join(base, 'moved'), { recursive: true });
    expect(await originOfModel(join(base, 'moved'))).toEqual(seen);
  });

  it('says who had taught the scorers of its comparisons, however they reached the run', async () => {
    const labels = join(base, 'labels.jsonl');
    const line = (i: number) => ({
      ...{ id: `${i}`, prompt: 'cat', rater: 'scorer:r@01' },
      ...{ chosen: `comparisons/chosen/pair-0${i}.png`, rejected: `comparisons/rejected/pair-0${i}.png` },
    });
    await writeFile(labels, [0, 1].map((i) => JSON.stringify(line(i))).join('\n'));
    const teachers = [
      { rater: 'scorer:r@01', raters: ['scorer:s@02'], prompts: [promptKey('pizza')] },
      {
        rater: 'scorer:s@02',
        raters: ['anna'],
        prompts: Array.from({ length: 5000 }, (_, i) => promptKey(`${i}`)).sort(),
      },
    ];
    await writeTeachers(labels, teachers);
    const config = tinyRun(base, 'labelled', { 'data.path': labels, 'train.steps': 1 });
    await createRun(config.output, formatRunConfig(config, tables));
    await runTraining(config.output);
    const seen = { raters: ['scorer:r@01'], prompts: [promptKey('cat')], teachers };
    expect(await originOfLora(join(config.output, loraFile))).toEqual(seen);
    await cp(join(config.output, loraFile), join(base, 'elsewhere.safetensors'));
    const [r, s] = teachers; // too many prompts for a header: they are known beside learnt-from.json alone
    expect(await originOfLora(join(base, 'elsewhere.safetensors'))).toEqual({
      ...seen,
      teachers: [r, { ...s, prompts: null }],
    });
  });

  it('of a whole model that goes on from another run has learnt from both', async () => {
    const others = join(base, 'others');
    await writeTinyComparisons(others, 2);
    for (const name of ['pair-00.txt', 'pair-01.txt']) await writeFile(join(others, name), 'crab');
    const change = { 'adapter.kind': 'full', 'objective.name': 'sft', 'train.steps': 1, 'data.path': others };
    const config = tinyRun(base, 'after', { ...change, model: full });
    await createRun(config.output, formatRunConfig(config, tables));
    await runTraining(config.output);
    const prompts = [...tinyPrompts, 'crab'].map(promptKey).sort();
    expect(await originOfModel(join(config.output, fullFolder))).toEqual({ raters: ['unknown'], prompts });
  });

  it('is a function of model, prompt and seed, whatever is sampled beside it', async () => {
    const pictures = await sample(model());
    expect(await sample(model())).toEqual(pictures);
    expect(await sample(model(), null, { prompts: [tinyPrompts[1] as string], seeds: [1] })).toEqual([pictures[1]]);
    const [other] = await sample(model(), null, { seeds: [7, 1] });
    expect(other).not.toEqual(pictures[0]);
    const [reworded] = await sample(model(), null, { prompts: ['pizza', 'cat'] });
    expect(reworded).not.toEqual(pictures[0]);
    expect(pictures.flat().every(Number.isFinite)).toBe(true);
  });
});

describe('a trained LoRA', () => {
  it('changes what is sampled, by its strength, down to the base model at 0', async () => {
    const pictures = await sample(model());
    const whole = await sample(model(), await readSamplingAdapter(lora));
    const half = await sample(model(), await readSamplingAdapter(lora, 0.5));
    expect(await sample(model(), await readSamplingAdapter(lora, 0))).toEqual(pictures);
    expect(furthest(whole, pictures)).toBeGreaterThan(1e-3);
    expect(furthest(half, pictures)).toBeGreaterThan(1e-4);
    expect(furthest(half, pictures)).toBeLessThan(furthest(whole, pictures));
  });

  it('can be of convolutions, which are written as such', async () => {
    const targets = { 'adapter.targets': ['conv1', 'conv_shortcut', 'conv'], 'train.steps': 2 };
    const config = tinyRun(base, 'convolutions', targets);
    await createRun(config.output, formatRunConfig(config, tables));
    await runTraining(config.output);
    const { modules } = await readLora(join(config.output, loraFile));
    const shapes = (layer: string) => [modules.get(layer)?.A.shape, modules.get(layer)?.B.shape];
    expect(shapes('unet.down_blocks.0.resnets.0.conv1')).toEqual([
      [4, 16, 3, 3],
      [16, 4, 1, 1],
    ]);
    expect(shapes('unet.down_blocks.1.resnets.0.conv_shortcut')).toEqual([
      [4, 16, 1, 1],
      [32, 4, 1, 1],
    ]);
    expect([...modules.values()].every(({ B }) => toFloat32(B).some((b) => b !== 0))).toBe(true);
    const adapted = await sample(model(), await readSamplingAdapter(join(config.output, loraFile)));
    expect(furthest(adapted, await sample(model()))).toBeGreaterThan(1e-6);
  });

  it('with B = 0 samples exactly as the base model', async () => {
    const adapter = await readSamplingAdapter(lora);
    const zeroed = Object.entries(adapter.tensors).map(
      ([name, values]) => [name, name.endsWith('lora_B.weight') ? new Float32Array(values.length) : values] as const,
    );
    const untrained = { ...adapter, tensors: Object.fromEntries(zeroed) };
    expect(await sample(model(), untrained)).toEqual(await sample(model()));
  });

  it('prefers what was chosen: its implicit margins are positive', async () => {
    const folder = await open(model());
    const source = await openComparisons(join(base, 'comparisons'));
    const { train } = await loadGroups(tinyRun(base, 'margins').data, diffusionDpo);
    const dataset = await encodeGroups(folder, train, {
      loadMedia: (candidate) => source.loadMedia(candidate),
      resolution: null,
      cache: contentCache(join(base, 'cache')),
      threads: 1,
    });
    const margins = await implicitMargins(folder, await readSamplingAdapter(lora), dataset, { threads: 1, draws: 8 });
    expect(margins.filter((margin) => margin > 0).length).toBeGreaterThanOrEqual(11);
  });
});

describe('a fully fine-tuned model', () => {
  it('is a diffusers folder that opens and samples, with another UNet and the rest as it was', async () => {
    const weights = async (path: string) =>
      (await readSafetensors(join(path, 'unet/diffusion_pytorch_model.safetensors'))).tensors;
    const [before, after] = [await weights(model()), await weights(full)];
    expect([...after.keys()].sort()).toEqual([...before.keys()].sort());
    for (const [name, tensor] of before) expect(after.get(name)?.shape, name).toEqual(tensor.shape);
    const moved = [...before].filter(([name, tensor]) => {
      const [a, b] = [toFloat32(tensor), toFloat32(after.get(name) as typeof tensor)];
      return a.some((value, i) => value !== b[i]);
    });
    expect(moved.length).toBeGreaterThan(before.size / 2);
    for (const file of [
      'model_index.json',
      'unet/config.json',
      'scheduler/scheduler_config.json',
      'tokenizer/tokenizer.json',
    ])
      expect(await readFile(join(full, file), 'utf8')).toBe(await readFile(join(model(), file), 'utf8'));
    const index = JSON.parse(await readFile(join(full, 'model_index.json'), 'utf8')) as object;
    for (const name of await readdir(full))
      expect([...Object.keys(index), 'model_index.json', 'learnt-from.json']).toContain(name);
    const pictures = await sample(full);
    expect(pictures.flat().every(Number.isFinite)).toBe(true);
    expect(furthest(pictures, await sample(model()))).toBeGreaterThan(1e-4);
  });

  it('can be trained on in its turn', async () => {
    const config = tinyRun(base, 'again', { model: full, 'train.steps': 1 });
    await createRun(config.output, formatRunConfig(config, tables));
    expect(await runTraining(config.output)).toBe('finished');
  });
});
