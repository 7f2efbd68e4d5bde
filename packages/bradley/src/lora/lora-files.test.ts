import { execFile } from 'node:child_process';
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import {
  type LoraModules,
  loraLayoutNames,
  readLora,
  readSafetensors,
  toFloat32,
  writeLora,
  writeSafetensors,
} from '@bradley/formats';
import {
  loraBaseOf,
  openDiffusionModel,
  openImageSampler,
  type SamplingAdapter,
  samplingAdapter,
  writeSingleFile,
} from '@bradley/models';
import { beforeAll, describe, expect, it } from 'vitest';
import { tinyPrompts, tinyWorkplace } from '../run/tiny-model.test-support.js';
import { roomFor } from '../sample-images.js';
import { everyLayerLora, widenModel } from './lora.test-support.js';
import { convertLora, describeLora, mergeLoraFiles, resizeLoraFile } from './lora-files.js';
import { parseLoraUse, readLoras, readSamplingAdapter } from './use-lora.js';

let base: string;
let first: LoraModules;
const path = (name: string) => join(base, name);
const open = (name = 'model') => openDiffusionModel(path(name));

beforeAll(async () => {
  base = await tinyWorkplace();
  await cp(path('model'), path('half'), { recursive: true });
  await widenModel(path('model'));
  first = await everyLayerLora(path('model'), 1);
  const known = { base: loraBaseOf(await open()) };
  await writeLora(path('first.safetensors'), 'diffusers', first, known);
  await writeLora(path('second.safetensors'), 'kohya', await everyLayerLora(path('model'), 2), known);
});

/** Pictures of two prompts as numbers, of a model with or without an adapter. */
async function pictures(model: string, adapter: SamplingAdapter | null = null): Promise<Float32Array[]> {
  const sampler = await openImageSampler(await open(model), { threads: 1, ...(adapter ? roomFor(adapter) : {}) });
  const images = await sampler.sample({ ...request, adapter });
  await sampler.release();
  return images.map(({ data }) => data);
}
const request = { prompts: tinyPrompts.slice(0, 2), seeds: [0, 1], steps: 3, guidance: 2 };

/** max |a − b| / max |b| over all pictures. */
function distance(a: readonly Float32Array[], b: readonly Float32Array[]): number {
  const flat = (of: readonly Float32Array[]) => of.flatMap((row) => [...row]);
  const [x, y] = [flat(a), flat(b)];
  return Math.max(...x.map((value, i) => Math.abs(value - (y[i] as number)))) / Math.max(...y.map(Math.abs));
}

describe('a merged model', () => {
  const merge = async (model: string, uses: string[], output: string) =>
    mergeLoraFiles(await open(model), uses.map(parseLoraUse), path(output));

  it('draws what the model with the adapter draws, to rounding, of every layer of UNet and text encoder', async () => {
    const { weights, saysOrigin } = await merge('model', [path('first.safetensors')], 'merged');
    expect([weights, saysOrigin]).toEqual([first.size, false]);
    const adapted = await pictures('model', await readSamplingAdapter(await open(), path('first.safetensors')));
    expect(distance(await pictures('merged'), adapted)).toBeLessThan(1e-5);
    expect(distance(await pictures('model'), adapted)).toBeGreaterThan(1e-2);
  });

  it('adds several up, each by its strength', async () => {
    const uses = [`${path('first.safetensors')}:0.5`, `${path('second.safetensors')}:-0.25`];
    await merge('model', uses, 'both');
    const adapter = await readSamplingAdapter(await open(), uses.map(parseLoraUse));
    expect(distance(await pictures('both'), await pictures('model', adapter))).toBeLessThan(1e-5);
  });

  it('keeps 16-bit weights, off by their rounding', async () => {
    await merge('half', [path('first.safetensors')], 'merged-half');
    const name = 'mid_block.attentions.0.proj_in.weight';
    const weight = async (model: string) =>
      (await readSafetensors(path(`${model}/unet/diffusion_pytorch_model.safetensors`))).tensors.get(name);
    const [merged, before] = [await weight('merged-half'), await weight('half')];
    expect([merged?.dtype, merged?.shape]).toEqual(['float16', before?.shape]);
    expect(merged?.data).not.toEqual(before?.data);
    const adapted = await pictures('half', await readSamplingAdapter(await open('half'), path('first.safetensors')));
    expect(distance(await pictures('merged-half'), adapted)).toBeLessThan(5e-3); // half a step of float16 is 2^-11 = 5e-4
  });

  it('is the whole folder, and leaves behind weights that are still without the LoRA', async () => {
    await writeFile(path('model/unet/diffusion_pytorch_model.bin'), 'old weights');
    await writeFile(path('model/old.ckpt'), 'old weights');
    await merge('model', [path('first.safetensors')], 'clean');
    const files = async (model: string) => (await readdir(path(model), { recursive: true })).sort();
    const dropped = ['unet/diffusion_pytorch_model.bin', 'old.ckpt'];
    const kept = (await files('model')).filter((name) => !dropped.includes(name));
    expect(await files('clean')).toEqual(['learnt-from.json', ...kept]);
    for (const same of ['model_index.json', 'vae/diffusion_pytorch_model.safetensors', 'unet/config.json'])
      expect(await readFile(path(`clean/${same}`))).toEqual(await readFile(path(`model/${same}`)));
  });

  it('follows shards and their index', async () => {
    await cp(path('model'), path('sharded'), { recursive: true });
    const whole = path('sharded/unet/diffusion_pytorch_model.safetensors');
    const { tensors } = await readSafetensors(whole);
    await rm(whole);
    const shardOf = (i: number) => `diffusion_pytorch_model-0000${1 + (i % 2)}-of-00002.safetensors`;
    for (const shard of [0, 1])
      await writeSafetensors(
        path(`sharded/unet/${shardOf(shard)}`),
        new Map([...tensors].filter((_, i) => i % 2 === shard)),
      );
    const weight_map = Object.fromEntries([...tensors.keys()].map((name, i) => [name, shardOf(i)]));
    const index = 'unet/diffusion_pytorch_model.safetensors.index.json';
    await writeFile(path(`sharded/${index}`), JSON.stringify({ weight_map }));
    await merge('sharded', [path('first.safetensors')], 'merged-shards');
    expect(await readFile(path(`merged-shards/${index}`))).toEqual(await readFile(path(`sharded/${index}`)));
    expect(distance(await pictures('merged-shards'), await pictures('merged'))).toBe(0);
  });

  it('of a single file is a single file', async () => {
    const file = path('single.safetensors');
    await writeSingleFile(file, await open());
    const model = await openDiffusionModel(file, { modelConfig: path('model') });
    await mergeLoraFiles(model, [parseLoraUse(path('first.safetensors'))], path('merged.safetensors'));
    const of = async (name: string) => (await readSafetensors(path(name))).tensors;
    const [single, merged, folder] = [
      await of('single.safetensors'),
      await of('merged.safetensors'),
      await of('merged/unet/diffusion_pytorch_model.safetensors'),
    ];
    expect([...merged.keys()]).toEqual([...single.keys()]);
    expect(merged.get('model.diffusion_model.input_blocks.1.0.in_layers.2.weight')).toEqual(
      folder.get('down_blocks.0.resnets.0.conv1.weight'),
    );
    const numbers = (of: typeof single, name: string) => of.get(name)?.data;
    const changed = [...single.keys()].filter((name) => `${numbers(merged, name)}` !== `${numbers(single, name)}`);
    expect(changed.length).toBe(first.size);
  });

  it('does not appear where it cannot be made', async () => {
    const foreign = new Map([['unet.mid_block.attentions.7.proj_in', [...first.values()][0] as never]]);
    await writeLora(path('foreign.safetensors'), 'diffusers', foreign);
    await expect(merge('model', [path('foreign.safetensors')], 'none')).rejects.toThrow(
      /foreign\.safetensors has unet\.mid_block\.attentions\.7\.proj_in .* no such layer.*another model/,
    );
    await expect(merge('half', [`${path('first.safetensors')}:1e9`], 'none')).rejects.toThrow(/too large for float16/);
    await mkdir(path('taken'));
    await expect(merge('model', [path('first.safetensors')], 'taken')).rejects.toThrow(/taken exists already/);
    expect((await readdir(base)).filter((name) => /none|part/.test(name))).toEqual([]);
  });
});

describe('sampling with a LoRA', () => {
  it('changes its strength without opening the sampler again', async () => {
    const model = await open();
    const adapter = samplingAdapter(model, first);
    const sampler = await openImageSampler(model, { threads: 1, ...roomFor(adapter) });
    const at = async (of: SamplingAdapter | null) =>
      (await sampler.sample({ ...request, adapter: of })).map(({ data }) => data);
    const half = await at({ ...adapter, strength: 0.5 });
    const [whole, none, zero] = [await at(adapter), await at(null), await at({ ...adapter, strength: 0 })];
    await sampler.release();
    expect(distance(none, await pictures('model'))).toBeLessThan(1e-5); // another graph, fused otherwise
    expect(distance(zero, none)).toBe(0);
    expect(distance(whole, await pictures('model', adapter))).toBe(0);
    expect(
      distance(half, await pictures('model', await readSamplingAdapter(model, path('first.safetensors'), 0.5))),
    ).toBe(0);
    expect(distance(half, whole)).toBeGreaterThan(1e-3);
  });

  it('uses the part of the text encoder, and refuses one that the sampler has no room for', async () => {
    const model = await open();
    const text = new Map([...first].filter(([layer]) => layer.startsWith('text_encoder.')));
    const adapter = samplingAdapter(model, text);
    expect(distance(await pictures('model', adapter), await pictures('model'))).toBeGreaterThan(1e-3);
    const sampler = await openImageSampler(model, { threads: 1, adapter: adapter.config });
    await expect(sampler.sample({ ...request, adapter })).rejects.toThrow(/LoRA of text_encoder.*without room/);
    await sampler.release();
  });

  it('draws the same from every layout', async () => {
    const model = await open();
    const from = async (file: string) => pictures('model', await readSamplingAdapter(model, file));
    const wanted = await from(path('first.safetensors'));
    for (const layout of loraLayoutNames) {
      const file = path(`${layout}.safetensors`);
      await writeLora(file, layout, first, { base: loraBaseOf(model) });
      expect([layout, distance(await from(file), wanted)]).toEqual([layout, 0]);
    }
  });
});

it('takes a strength after the last colon, and only a number for one', () => {
  expect(parseLoraUse('a.safetensors')).toEqual({ path: 'a.safetensors', strength: 1 });
  expect(parseLoraUse('a:b.safetensors:-.5')).toEqual({ path: 'a:b.safetensors', strength: -0.5 });
  expect(parseLoraUse('C:\\a.safetensors')).toEqual({ path: 'C:\\a.safetensors', strength: 1 });
  for (const wrong of ['abc', 'nan', '1e999', ''])
    expect(() => parseLoraUse(`a.safetensors:${wrong}`)).toThrow(`'${wrong}' is no strength. Write a number`);
});

it('says that there is no such LoRA file', async () => {
  await expect(describeLora(path('nowhere.safetensors'))).rejects.toThrow(
    /nowhere\.safetensors: there is no such file/,
  );
});

it('resizes a file: what is left acts as what is kept says', async () => {
  const model = await open();
  const report = await resizeLoraFile(path('first.safetensors'), path('small.safetensors'), { rank: 1 }, model);
  expect(report.every(({ after, kept }) => after === 1 && kept > 0.2 && kept <= 1)).toBe(true);
  const before = await describeLora(path('first.safetensors'));
  const after = await describeLora(path('small.safetensors'));
  expect(after.layout).toBe('diffusers');
  for (const [i, { layer, norm }] of after.layers.entries()) {
    const kept = report.find((of) => of.layer === layer)?.kept ?? 0;
    const whole = before.layers.find((of) => of.layer === layer)?.norm ?? 0;
    expect([i, norm / whole]).toEqual([i, expect.closeTo(Math.sqrt(kept), 4)]);
  }
  expect((await readLoras(model, [{ path: path('small.safetensors'), strength: 1 }])).size).toBe(first.size);
});

it('converts and resizes into a folder that is made, and never over a file that is there', async () => {
  const model = await open();
  const [from, deep] = [path('second.safetensors'), path('new/folder/deep.safetensors')];
  await convertLora(from, deep, 'comfyui', model);
  const before = await readFile(from);
  for (const to of [from, deep]) {
    await expect(convertLora(from, to, 'comfyui', model)).rejects.toThrow(/safetensors exists already/);
    await expect(resizeLoraFile(from, to, { rank: 1 }, model)).rejects.toThrow(/safetensors exists already/);
  }
  expect(await readFile(from)).toEqual(before);
});

// Two processes of Node: about a second.
describe('the command line', () => {
  const bin = fileURLToPath(new URL('../../bin/bradley.js', import.meta.url));
  const bradley = async (...argv: string[]) => (await promisify(execFile)(process.execPath, [bin, ...argv])).stdout;

  it('converts a file, and says what is in it', async () => {
    const made = path('converted.safetensors');
    const to = ['--to', 'comfyui', '--model', path('model'), '--output', made];
    expect(await bradley('lora', 'convert', path('second.safetensors'), ...to)).toMatch(/from kohya to comfyui names/);
    const { modules } = await readLora(made, loraBaseOf(await open()));
    const plain = (of: LoraModules) =>
      [...of].sort().map(([layer, { A, alpha }]) => [layer, A.shape, toFloat32(A)[0], alpha]);
    expect(plain(modules)).toEqual(plain((await readLora(path('second.safetensors'))).modules));
    const said = JSON.parse(await bradley('lora', 'info', path('second.safetensors'), '--json'));
    expect([said.layout, said.base, said.layers.length]).toEqual(['kohya', null, modules.size]);
  });
});
