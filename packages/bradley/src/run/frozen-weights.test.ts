import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { float32Tensor, readSafetensors, toFloat32, writeSafetensors } from '@bradley/formats';
import { createRun } from '@bradley/train';
import { beforeAll, describe, expect, it } from 'vitest';
import { formatRunConfig } from '../config/format-run-config.js';
import { tables } from '../tables.js';
import { runTraining } from './run-training.js';
import { tinyRecipe, tinyRun, tinyWorkplace, writeTinyModel } from './tiny-model.test-support.js';
import { loraFile } from './write-result.js';

/** A kernel of 192 · 192 · 3 · 3 numbers is large enough to be rounded. */
const wide = {
  ...tinyRecipe,
  unet: { ...tinyRecipe.unet, config: { ...tinyRecipe.unet.config, block_out_channels: [16, 192] } },
};

let base: string;
beforeAll(async () => {
  base = await tinyWorkplace();
  await writeTinyModel(join(base, 'model'), wide);
  // The same numbers in float32: every one of them is one of float16 too.
  const path = join(base, 'model', 'unet', 'diffusion_pytorch_model.safetensors');
  const { tensors } = await readSafetensors(path);
  await writeSafetensors(path, new Map([...tensors].map(([name, t]) => [name, float32Tensor(t.shape, toFloat32(t))])));
});

/** Trains two steps; the LoRA, the losses of the steps and what was said. */
async function train(name: string, overrides: Readonly<Record<string, unknown>>) {
  const config = tinyRun(base, name, { 'train.steps': 2, 'train.batch': 1, ...overrides });
  await createRun(config.output, formatRunConfig(config, tables));
  expect(await runTraining(config.output)).toBe('finished');
  const records = (await readFile(join(config.output, 'metrics.jsonl'), 'utf8')).trim().split('\n');
  const read: Record<string, unknown>[] = records.map((line) => JSON.parse(line));
  return {
    losses: read.flatMap(({ loss }) => (typeof loss === 'number' ? [loss] : [])),
    said: read.flatMap(({ message }) => (typeof message === 'string' ? [message] : [])).join('\n'),
    result: join(config.output, loraFile),
  };
}

describe('a LoRA run', () => {
  it('over weights rounded to float16 is that over the same numbers in float32, bit for bit', async () => {
    const stored = await train('stored', {});
    const rounded = await train('float16', { 'train.frozenWeights': 'float16' });
    expect(rounded.said).toMatch(
      /^11 of \d+ tensors of the UNet are read in float16, from .*\/weights\/.*\.safetensors$/m,
    );
    expect(rounded.losses).toEqual(stored.losses);
    expect(await readFile(rounded.result)).toEqual(await readFile(stored.result));
  });

  it('over int8 differs a little, and its fixed draws are kept apart', async () => {
    const settings = { 'train.noiseDraws': 1, 'validate.every': 1, 'validate.steps': 1, 'validate.prompts': ['cat'] };
    const stored = await train('draws', settings);
    const rounded = await train('draws-int8', { ...settings, 'train.frozenWeights': 'int8' });
    expect(rounded.said).toContain('tensors of the UNet are read in int8');
    // The policy starts as the reference: over other weights than the reference's its first loss would not be log 2.
    expect(rounded.losses[0]).toBeCloseTo(Math.LN2, 4);
    expect(rounded.losses[1]).not.toBe(stored.losses[1]);
    expect(rounded.losses[1]).toBeCloseTo(stored.losses[1] as number, 1);
  });
});

describe('a full run', () => {
  it('may round its reference, and trains the weights as they are', async () => {
    const { said, losses } = await train('full', { 'adapter.kind': 'full', 'train.frozenWeights': 'float16' });
    expect(said).toContain('tensors of the UNet are read in float16');
    expect(losses[0]).toBeCloseTo(Math.LN2, 4);
  });

  it('without a reference has nothing frozen, and is refused', () => {
    const overrides = { 'adapter.kind': 'full', 'objective.name': 'sft', 'train.frozenWeights': 'float16' };
    expect(() => tinyRun(base, 'sft', overrides)).toThrow(/frozenWeights .*sft compares with no reference/);
  });
});

it('refuses int8 on another device than a CPU', () => {
  const overrides = { 'train.frozenWeights': 'int8', 'train.device': 'auto' };
  expect(() => tinyRun(base, 'gpu', overrides)).toThrow(/int8 is tested on a CPU only/);
});
