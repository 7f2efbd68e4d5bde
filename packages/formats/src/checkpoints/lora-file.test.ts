import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSafetensors, writeSafetensors } from '../safetensors.js';
import { float32Tensor, type Tensor } from '../tensor.js';
import { loraBases } from './lora-base.js';
import { readLora, writeLora } from './lora-file.js';
import { LoraError, type LoraModules } from './lora-modules.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lora-file-'));
});
afterAll(() => rm(folder, { recursive: true }));

const ones = (...shape: number[]): Tensor =>
  float32Tensor(shape, new Float32Array(shape.reduce((count, size) => count * size, 1)).fill(1));

async function fileOf(tensors: Record<string, Tensor>): Promise<string> {
  const path = join(folder, 'made.safetensors');
  await writeSafetensors(path, new Map(Object.entries(tensors)));
  return path;
}

describe('a file that is no plain LoRA of a known layout is refused', () => {
  const unet = 'lora_unet_mid_block_attentions_0_proj_in';
  it.each([
    [`${unet}.dora_scale`, /a DoRA/],
    ['unet.mid_block.x.lora_magnitude_vector', /a DoRA/],
    [`${unet}.hada_w1_a`, /a LoHa/],
    [`${unet}.lokr_w2`, /a LoKr/],
    [`${unet}.lora_mid.weight`, /Tucker/],
    [`${unet}.diff`, /full difference/],
    [`${unet}.lora_up.bias`, /biases/],
    [`${unet}.oft_blocks`, /an OFT/],
    ['emb_params', /textual inversion/],
    ['model.diffusion_model.input_blocks.0.0.weight', /not a LoRA in the names of diffusers, kohya/],
    [
      'diffusion_model.double_blocks.0.img_attn.proj.lora_A.weight',
      /names no layer of a UNet or a CLIP in comfyui names/,
    ],
    ['lora_unet_input_blocks_77_1_proj_in.alpha', /names no layer .* in kohya-ldm names/],
  ])('%s', async (name, message) => {
    const failure = readLora(await fileOf({ [name]: ones(1, 1) }));
    await expect(failure).rejects.toThrow(LoraError);
    await expect(failure).rejects.toThrow(message);
  });

  it('where it mixes layouts, naming the few', async () => {
    const mixed = await fileOf({
      [`${unet}.lora_down.weight`]: ones(1, 1),
      [`${unet}.lora_up.weight`]: ones(1, 1),
      'unet.conv_in.lora_A.weight': ones(1, 1),
    });
    await expect(readLora(mixed)).rejects.toThrow(/most of its names are kohya, but not unet\.conv_in\.lora_A\.weight/);
    const blocks = { 'lora_unet_down_blocks_0_attentions_0_proj_in.alpha': ones(1), 'lora_unet_out_2.alpha': ones(1) };
    await expect(readLora(await fileOf(blocks))).rejects.toThrow(/mixes layouts/);
  });
});

it('reads or refuses any names whatever, and never fails otherwise', () => {
  const word = fc.constantFrom(
    ...'unet text_encoder lora_unet_ lora_te1_ diffusion_model . _ down_blocks mid_block to_q lora_A lora_up weight alpha'.split(
      ' ',
    ),
    ...'input_blocks 0 1 constructor __proto__ processor to_out_lora text_encoders clip_l transformer lora_down'.split(
      ' ',
    ),
  );
  const name = fc.oneof(
    fc.string(),
    fc.array(word, { maxLength: 9 }).map((words) => words.join('.')),
    fc.array(word).map((words) => words.join('')),
  );
  const tensors = fc.dictionary(
    name.filter((of) => !/^__(proto|metadata)__$/.test(of)),
    fc.constantFrom(ones(1, 1), ones(2), ones()),
    { minKeys: 1 },
  );
  return fc.assert(
    fc.asyncProperty(tensors, async (made) => {
      try {
        expect((await readLora(await fileOf(made))).modules.size).toBeGreaterThan(0);
      } catch (error) {
        expect(error).toBeInstanceOf(LoraError);
      }
    }),
    { numRuns: 200 },
  );
});

describe('the metadata', () => {
  const module = (rank: number, alpha: number, width = 768) => ({ A: ones(rank, width), B: ones(5, rank), alpha });
  const layer = (i: number) => `unet.down_blocks.${i}.attentions.0.transformer_blocks.0.attn2.to_k`;
  const modules: LoraModules = new Map([
    [layer(0), module(4, 2)],
    [layer(1), module(4, 2)],
  ]);
  const write = async (of: LoraModules, layout: 'kohya' | 'diffusers' | 'kohya-ldm', options = {}) => {
    const path = join(folder, `${layout}.safetensors`);
    await writeLora(path, layout, of, options);
    return { path, metadata: (await readSafetensors(path)).metadata };
  };

  it('says rank, alpha and base model as kohya-ss does', async () => {
    const { metadata } = await write(modules, 'kohya');
    expect(metadata).toMatchObject({
      ss_network_module: 'networks.lora',
      ss_network_dim: '4',
      ss_network_alpha: '2',
      ss_base_model_version: 'sd_v1',
      ss_v2: 'False',
      'modelspec.sai_model_spec': '1.0.0',
      'modelspec.architecture': 'stable-diffusion-v1/lora',
      'modelspec.implementation': 'diffusers',
      'modelspec.title': 'LoRA',
    });
    const mixed = await write(
      new Map([
        [layer(0), module(4, 2)],
        [layer(1), module(3, 2)],
      ]),
      'kohya',
    );
    expect(mixed.metadata).toMatchObject({ ss_network_dim: 'Dynamic', ss_network_alpha: '2' });
    const convolution = { A: ones(2, 2, 3, 3), B: ones(2, 2, 1, 1), alpha: 1 };
    const loCon = await write(new Map([...modules, ['unet.conv_in', convolution]]), 'kohya');
    expect(loCon.metadata).toMatchObject({ ss_network_dim: '4', ss_network_args: '{"conv_dim":"2","conv_alpha":"1"}' });
  });

  it('tells SDXL and SD 2.x, and claims nothing of a model that it does not know', async () => {
    const wide = (width: number): LoraModules => new Map([[layer(0), module(4, 4, width)]]);
    expect((await write(wide(2048), 'kohya-ldm', { title: 'taste' })).metadata).toMatchObject({
      ss_base_model_version: 'sdxl_base_v1-0',
      'modelspec.architecture': 'stable-diffusion-xl-v1-base/lora',
      'modelspec.implementation': 'https://github.com/Stability-AI/generative-models',
      'modelspec.title': 'taste',
    });
    const v: object = { base: { ...loraBases.sd2, prediction: 'v_prediction' } };
    expect((await write(wide(1024), 'kohya', v)).metadata).toMatchObject({
      ss_base_model_version: 'sd_v2_v',
      ss_v2: 'True',
      'modelspec.architecture': 'stable-diffusion-v2-768-v/lora',
      'modelspec.prediction_type': 'v',
    });
    const { metadata } = await write(wide(7), 'kohya');
    expect(Object.keys(metadata).filter((key) => /modelspec|base_model/.test(key))).toEqual([]);
  });

  it('has the hash of the bytes after the header', async () => {
    const { path, metadata } = await write(modules, 'kohya');
    const bytes = await readFile(path);
    const sha256 = createHash('sha256')
      .update(bytes.subarray(8 + Number(bytes.readBigUInt64LE())))
      .digest('hex');
    expect(metadata).toMatchObject({ sshs_model_hash: sha256, 'modelspec.hash_sha256': `0x${sha256}` });
  });

  it('has ranks and alphas of layers that differ, for PEFT', async () => {
    const layers: LoraModules = new Map([...modules, [layer(2), module(3, 1)]]);
    const { path, metadata } = await write(layers, 'diffusers');
    expect(JSON.parse(metadata.lora_adapter_metadata ?? '')).toMatchObject({
      'unet.r': 4,
      'unet.lora_alpha': 2,
      'unet.rank_pattern': { [layer(2).slice('unet.'.length)]: 3 },
      'unet.alpha_pattern': { [layer(2).slice('unet.'.length)]: 1 },
      'unet.target_modules': [0, 1, 2].map((i) => layer(i).slice('unet.'.length)),
    });
    expect((await readLora(path)).modules).toEqual(new Map(layers));
  });

  it('calls the layers of text encoders as every transformers does', async () => {
    const clip = 'text_encoder.text_model.encoder.layers.0.mlp.fc1';
    const layers: LoraModules = new Map([
      [clip, module(4, 2)],
      [clip.replace('0', '1'), module(3, 1)],
    ]);
    const { path, metadata } = await write(layers, 'diffusers');
    expect(JSON.parse(metadata.lora_adapter_metadata ?? '')).toMatchObject({
      'text_encoder.rank_pattern': { 'encoder.layers.1.mlp.fc1': 3 },
      'text_encoder.target_modules': ['encoder.layers.0.mlp.fc1', 'encoder.layers.1.mlp.fc1'],
    });
    expect((await readLora(path)).modules).toEqual(new Map(layers));
  });

  it('keeps what another file says of itself, but not of its tensors', async () => {
    const metadata = {
      ss_tag_frequency: '{}',
      'modelspec.license': 'CC0',
      ss_network_dim: '99',
      sshs_model_hash: 'f00',
      'modelspec.hash_sha256': '0xf00',
    };
    const kept = (await write(modules, 'kohya', { metadata })).metadata;
    expect(kept).toMatchObject({ ss_tag_frequency: '{}', 'modelspec.license': 'CC0', ss_network_dim: '4' });
    expect(Object.values(kept).filter((value) => /f00$/.test(value))).toEqual([]);
  });
});
