import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSafetensors } from '../safetensors.js';
import { float32Tensor, type Tensor } from '../tensor.js';
import { loraBases } from './lora-base.js';
import { type LoraLayoutName, loraLayoutNames, readLora, writeLora } from './lora-file.js';
import type { LoraBase } from './lora-layout.js';
import type { LoraModules } from './lora-modules.js';
import { splitUnderscores } from './lora-underscores.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lora-layouts-'));
});
afterAll(() => rm(folder, { recursive: true }));

type Model = 'unet_sd15' | 'unet_sdxl';
/** The UNets of the table have three blocks of one layer. */
const bases: Record<Model, LoraBase> = {
  unet_sd15: {
    family: null,
    unet: { blocks: 3, layers: 1, attendedUp: [false, true, true] },
    textEncoders: ['clip_l'],
  },
  unet_sdxl: {
    family: null,
    unet: { blocks: 3, layers: 1, attendedUp: [true, true, false] },
    textEncoders: ['clip_l', 'clip_g'],
  },
};

/** The names of a UNet in a single file and in diffusers, from the reference converter. */
async function namesOf(model: Model): Promise<[original: string, layer: string][]> {
  const path = fileURLToPath(new URL('../../../../fixtures/single_file_names.json', import.meta.url));
  const rows: [string, string][] = JSON.parse(await readFile(path, 'utf8')).table[model];
  const layer = (name: string) => name.replace(/^model\.diffusion_model\./, '').replace(/\.weight$/, '');
  return rows.flatMap(([a, b]) => (b.endsWith('.weight') && !/norm/.test(b) ? [[layer(a), layer(b)]] : []));
}

const clip = ['q_proj', 'k_proj', 'v_proj', 'out_proj']
  .map((name) => `self_attn.${name}`)
  .concat(['mlp.fc1', 'mlp.fc2'])
  .map((name) => `text_model.encoder.layers.1.${name}`);

const ones = (shape: number[], value: number): Tensor =>
  float32Tensor(shape, new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(value));

/** Every layer of a pipeline adapted, each with numbers, a rank and an alpha of its own; convolutions as such. */
async function everyLayer(model: Model): Promise<LoraModules> {
  const encoders = bases[model].textEncoders.map((_, i) => (i ? 'text_encoder_2' : 'text_encoder'));
  const paths = [
    ...(await namesOf(model)).map(([, layer]) => `unet.${layer}`),
    ...encoders.flatMap((encoder) => clip.map((layer) => `${encoder}.${layer}`)),
    ...(encoders[1] ? [`${encoders[1]}.text_projection`] : []),
  ];
  return new Map(
    paths.map((path, i) => {
      const [rank, kernel] = [1 + (i % 3), /conv/.test(path) ? [3, 3] : []];
      const pointwise = kernel.map(() => 1);
      const module = { A: ones([rank, 2, ...kernel], i), B: ones([3, rank, ...pointwise], -i), alpha: (i % 5) / 4 };
      return [path, module];
    }),
  );
}

const models: Model[] = ['unet_sd15', 'unet_sdxl'];
const pairs = loraLayoutNames.flatMap((from) => loraLayoutNames.map((to) => [from, to] as const));

describe.each(models)('a LoRA of every layer of %s', (model) => {
  it.each(pairs)('goes from %s to %s and back unchanged, and is recognised', async (from, to) => {
    const modules = await everyLayer(model);
    const base = bases[model];
    const through = async (layout: LoraLayoutName, of: LoraModules): Promise<LoraModules> => {
      const path = join(folder, `${model}-${layout}.safetensors`);
      await writeLora(path, layout, of, { base });
      const file = await readLora(path, base);
      expect(file.layout).toBe(layout);
      return file.modules;
    };
    const there = await through(to, await through(from, modules));
    const back = await through(from, there);
    const sorted = (of: LoraModules) => [...of].sort(([a], [b]) => (a < b ? -1 : 1));
    expect(sorted(there)).toEqual(sorted(modules));
    expect(sorted(back)).toEqual(sorted(modules));
  });

  it('is called in kohya-ldm and comfyui as single files call the UNet', async () => {
    const modules = await everyLayer(model);
    const originals = (await namesOf(model)).map(([original]) => original);
    const namesIn = async (layout: LoraLayoutName) => {
      const path = join(folder, `${model}-${layout}-names.safetensors`);
      await writeLora(path, layout, modules, { base: bases[model] });
      return new Set((await readSafetensors(path)).tensors.keys());
    };
    const [kohya, comfy] = [await namesIn('kohya-ldm'), await namesIn('comfyui')];
    for (const original of originals) {
      expect(comfy).toContain(`diffusion_model.${original}.lora_up.weight`);
      expect(kohya).toContain(`lora_unet_${original.replaceAll('.', '_')}.lora_up.weight`);
    }
  });

  it('has names that split at their dots and nowhere else', async () => {
    for (const name of [...(await namesOf(model)).flat(), ...clip, 'text_projection'])
      expect(splitUnderscores(name.replaceAll('.', '_'))).toBe(name);
  });
});

describe('without a model at hand', () => {
  const module = { A: ones([1, 2048], 1), B: ones([3, 1], 1), alpha: 1 };
  const attended = 'unet.up_blocks.1.attentions.2.transformer_blocks.1.attn2.to_k';

  it('a released model is known by the width of its text, and its blocks with it', async () => {
    const path = join(folder, 'guessed.safetensors');
    const modules: LoraModules = new Map([
      [attended, module],
      ['unet.up_blocks.1.upsamplers.0.conv', { A: ones([1, 2, 3, 3], 1), B: ones([2, 1, 1, 1], 1), alpha: 1 }],
    ]);
    await writeLora(path, 'kohya-ldm', modules);
    const { tensors } = await readSafetensors(path);
    expect([...tensors.keys()]).toContain('lora_unet_output_blocks_5_2_conv.lora_up.weight');
    expect([...tensors.keys()]).toContain('lora_unet_output_blocks_5_1_transformer_blocks_1_attn2_to_k.alpha');
    expect(new Map((await readLora(path)).modules)).toEqual(modules);
  });

  it('reads original names of every released model', async () => {
    for (const base of Object.values(loraBases)) {
      const path = join(folder, 'released.safetensors');
      const up = new Map([
        ['unet.up_blocks.1.upsamplers.0.conv', module],
        ['unet.mid_block.attentions.0.proj_in', module],
      ]);
      await writeLora(path, 'comfyui', up, { base });
      expect(new Set((await readLora(path)).modules.keys())).toEqual(new Set(up.keys()));
    }
  });

  it('refuses to write original names of a model that it does not know', async () => {
    const small: LoraModules = new Map([['unet.mid_block.attentions.0.proj_in', { ...module, A: ones([1, 5], 1) }]]);
    const path = join(folder, 'unknown.safetensors');
    await expect(writeLora(path, 'comfyui', small)).rejects.toThrow(/no name for unet\.mid_block.*give the model/);
  });

  it('numbers the text encoders of kohya names where there are two', async () => {
    const layer = 'text_model.encoder.layers.0.mlp.fc1';
    const names = async (networks: string[]) => {
      const path = join(folder, 'encoders.safetensors');
      await writeLora(path, 'kohya', new Map(networks.map((network) => [`${network}.${layer}`, module])));
      return [...(await readSafetensors(path)).tensors.keys()].filter((name) => name.endsWith('.alpha')).sort();
    };
    const kohya = 'text_model_encoder_layers_0_mlp_fc1.alpha';
    expect(await names(['text_encoder'])).toEqual([`lora_te_${kohya}`]);
    expect(await names(['text_encoder', 'text_encoder_2'])).toEqual([`lora_te1_${kohya}`, `lora_te2_${kohya}`]);
  });
});
