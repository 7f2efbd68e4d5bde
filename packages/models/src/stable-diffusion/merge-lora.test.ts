import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { float32Tensor, type LdmLayout, type LoraModules, ldmLayouts } from '@bradley/formats';
import { normal } from '@bradley/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readStoredTensor } from '../nn/checkpoint-store.js';
import { openPromptEncoder } from './conditions.js';
import type { DiffusionModel } from './diffusion-model.js';
import { networksOf, samplingAdapter } from './lora-adapter.js';
import { mergeLora } from './merge-lora.js';
import { openDiffusionModel } from './open-model.js';
import type { SamplingAdapter } from './policy-weights.js';
import { openImageSampler } from './sample.js';
import { writeTinyPipeline } from './tiny-pipeline.test-support.js';
import { writeSingleFile } from './write-single-file.js';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'merge-'));
});
afterAll(() => rm(root, { recursive: true }));

const folder = (name: string) => openDiffusionModel(join(root, name));
const file = (name: string, layout: LdmLayout) =>
  openDiffusionModel(join(root, `${name}.safetensors`), { modelConfig: join(root, layout) });

/** A LoRA of every matrix and convolution of the UNet and the text encoders but embeddings, of ranks 1 to 3. */
function everyLayer(model: DiffusionModel): LoraModules {
  const weights = [...networksOf(model)].flatMap(([network, tensors]) =>
    [...tensors].flatMap(([name, { shape }]) =>
      name.endsWith('.weight') && shape.length > 1 && !/embedding\.weight$/.test(name)
        ? [{ layer: `${network}.${name.slice(0, -'.weight'.length)}`, shape }]
        : [],
    ),
  );
  return new Map(
    weights.map(({ layer, shape }, i) => {
      const [out, inputs, ...kernel] = shape as [number, number, ...number[]];
      const rank = 1 + (i % 3);
      const draw = (dims: number[], index: number) => {
        const values = normal(
          { seed: 1, stream: 'lora', step: i, index },
          dims.reduce((a, b) => a * b, 1),
        );
        return float32Tensor(
          dims,
          values.map((x) => 0.3 * x * inputs ** -0.25),
        );
      };
      const [A, B] = [draw([rank, inputs, ...kernel], 0), draw([out, rank, ...kernel.map(() => 1)], 1)];
      return [layer, { A, B, alpha: 1.5 }];
    }),
  );
}

/** What a model makes of a prompt, with an adapter or without. */
async function outputs(model: DiffusionModel, adapter: SamplingAdapter | null = null): Promise<number[]> {
  const geometry = Object.entries(adapter?.textEncoders ?? {}).map(([name, { config }]) => [name, config] as const);
  const room = { threads: 1, textAdapters: Object.fromEntries(geometry) };
  const prompts = await openPromptEncoder(model, room);
  const { encoderHiddenStates, textEmbeds } = await prompts.encode('a cat!', adapter);
  await prompts.release();
  const conditions = [...encoderHiddenStates, ...(textEmbeds ?? [])];
  if (model.textEncoders.length === 1 && model.unet.config.addition_embed_type) return conditions; // the refiner
  const sampler = await openImageSampler(model, { ...room, ...(adapter ? { adapter: adapter.config } : {}) });
  const [picture] = await sampler.sample({ prompts: ['a cat!'], seeds: [1], steps: 2, guidance: 2, adapter });
  await sampler.release();
  return [...conditions, ...(picture?.data ?? [])];
}

describe.each(ldmLayouts)('a LoRA merged into %s', (layout) => {
  it('is the same in a folder and in a single file, and computes what the adapter does', async () => {
    await writeTinyPipeline(join(root, layout), layout);
    const ofFolder = await folder(layout);
    await writeSingleFile(join(root, `${layout}.safetensors`), ofFolder);
    const ofFile = await file(layout, layout);
    const modules = everyLayer(ofFolder);
    await mergeLora(ofFolder, modules, join(root, `${layout}-merged`));
    await mergeLora(ofFile, modules, join(root, `${layout}-merged.safetensors`));
    const [mergedFolder, mergedFile] = [await folder(`${layout}-merged`), await file(`${layout}-merged`, layout)];
    for (const [network, tensors] of networksOf(mergedFolder))
      for (const [name, stored] of tensors) {
        const other = networksOf(mergedFile).get(network)?.get(name);
        if (other) expect([name, await readStoredTensor(other)]).toEqual([name, await readStoredTensor(stored)]);
      }
    const [adapted, merged] = [await outputs(ofFile, samplingAdapter(ofFile, modules)), await outputs(mergedFile)];
    const size = Math.max(...adapted.map(Math.abs));
    const furthest = (of: number[]) => Math.max(...adapted.map((x, i) => Math.abs(x - (of[i] as number)))) / size;
    expect(furthest(merged)).toBeLessThan(1e-5);
    expect(furthest(await outputs(ofFile))).toBeGreaterThan(1e-2);
  });
});

it('leaves nothing behind where it fails', async () => {
  await writeTinyPipeline(join(root, 'plain'), 'sd1');
  const model = await folder('plain');
  const huge: LoraModules = new Map([...everyLayer(model)].map(([layer, of]) => [layer, { ...of, alpha: 1e45 }]));
  await expect(mergeLora(model, huge, join(root, 'never'))).rejects.toThrow(/not finite/);
  expect((await readdir(root)).filter((name) => /never/.test(name))).toEqual([]);
});
