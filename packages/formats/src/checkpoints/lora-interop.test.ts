import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeSafetensors } from '../safetensors.js';
import { float32Tensor, type Tensor } from '../tensor.js';
import { readDiffusersLora, writeDiffusersLora } from './lora-diffusers.js';
import { readKohyaLora, writeKohyaLora } from './lora-kohya.js';
import { LoraError, type LoraModules } from './lora-modules.js';

const fixtures = fileURLToPath(new URL('../../../../fixtures/', import.meta.url));
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lora-interop-'));
});
afterAll(() => rm(folder, { recursive: true }));

const ones = (...shape: number[]): Tensor =>
  float32Tensor(shape, new Float32Array(shape.reduce((count, size) => count * size, 1)).fill(1));

async function fileOf(tensors: Record<string, Tensor>, metadata?: Record<string, string>): Promise<string> {
  const path = join(folder, 'made.safetensors');
  await writeSafetensors(path, new Map(Object.entries(tensors)), metadata);
  return path;
}

interface NameRow {
  readonly peft: string;
  readonly diffusers_training_script_file: string;
  readonly diffusers_lora_AB_form: string;
  readonly kohya: string;
}

describe.each(['unet_sd15', 'unet_sdxl'])('the key names of %s', (model) => {
  const rowsOf = async (): Promise<NameRow[]> =>
    JSON.parse(await readFile(join(fixtures, 'lora_key_names.table.json'), 'utf8')).table[model];
  const layerOf = ({ peft }: NameRow) => peft.replace(/\.lora_[AB]\.weight$/, '');
  const tensorOf = ({ peft }: NameRow) => (peft.endsWith('lora_A.weight') ? ones(2, 3) : ones(3, 2));

  it.each(['peft', 'diffusers_training_script_file', 'diffusers_lora_AB_form', 'kohya'] as const)(
    'are read as %s writes them',
    async (form) => {
      const rows = await rowsOf();
      const path = await fileOf(Object.fromEntries(rows.map((row) => [row[form], tensorOf(row)])));
      const layers = new Set(rows.map(layerOf));
      const modules = form === 'kohya' ? await readKohyaLora(path, layers) : await readDiffusersLora(path);
      expect([...modules.keys()].sort()).toEqual([...layers].sort());
    },
  );
});

describe('the SDXL files of diffusers, rank 4 and alpha 8', () => {
  it('are one adapter in both namings, with the alpha of the metadata', async () => {
    const diffusers = await readDiffusersLora(
      join(fixtures, 'lora_interop_files.sdxl_pytorch_lora_weights.safetensors'),
    );
    const kohya = await readKohyaLora(join(fixtures, 'lora_interop_files.sdxl_kohya.safetensors'), diffusers.keys());
    expect(diffusers.size).toBeGreaterThan(80);
    for (const [layer, { A, B, alpha }] of diffusers) {
      expect(alpha).toBe(8);
      const other = kohya.get(layer);
      expect([other?.A.data, other?.B.data, other?.alpha]).toEqual([A.data, B.data, alpha]);
    }
    expect(kohya.size).toBe(diffusers.size);
  });
});

describe('a diffusers file', () => {
  it('may have the names of the old attention processors', async () => {
    const block = 'mid_block.attentions.0.transformer_blocks.0.attn1';
    const projections = ['to_q', 'to_k', 'to_v', 'to_out'];
    const tensors = projections.flatMap((projection) => [
      [`unet.${block}.processor.${projection}_lora.down.weight`, ones(2, 3)] as const,
      [`unet.${block}.processor.${projection}_lora.up.weight`, ones(3, 2)] as const,
    ]);
    const modules = await readDiffusersLora(await fileOf(Object.fromEntries(tensors)));
    expect([...modules.keys()].sort()).toEqual(['to_k', 'to_out.0', 'to_q', 'to_v'].map((name) => `${block}.${name}`));
  });

  it("may be PEFT's own, with or without the adapter's name", async () => {
    const tensors = {
      'base_model.model.a.to_q.lora_A.default.weight': ones(2, 3),
      'base_model.model.a.to_q.lora_B.weight': ones(3, 2),
    };
    expect([...(await readDiffusersLora(await fileOf(tensors))).keys()]).toEqual(['a.to_q']);
  });

  const half = { 'unet.a.to_q.lora_A.weight': ones(4, 3), 'unet.a.to_q.lora_B.weight': ones(3, 4) };
  const alphaWith = async (fields: Record<string, unknown>, tensors: Record<string, Tensor> = half) => {
    const metadata = { lora_adapter_metadata: JSON.stringify(fields) };
    return (await readDiffusersLora(await fileOf(tensors, metadata))).get('a.to_q')?.alpha;
  };

  it('takes alpha from its tensor, else its pattern, else the common one, else the rank', async () => {
    const common = { 'unet.lora_alpha': 16 };
    expect(await alphaWith(common, { ...half, 'unet.a.to_q.alpha': float32Tensor([], Float32Array.of(2)) })).toBe(2);
    expect(await alphaWith({ ...common, 'unet.alpha_pattern': { to_q: 6 } })).toBe(6);
    expect(await alphaWith({ ...common, 'unet.alpha_pattern': { o_q: 6 } })).toBe(16);
    expect(await alphaWith({})).toBe(4);
    expect(await alphaWith({ ...common, 'unet.use_rslora': true })).toBe(32);
  });

  it.each<[string, Record<string, Tensor>, Record<string, string>, RegExp]>([
    [
      'a LoRA of a text encoder',
      { ...half, 'text_encoder.b.lora_A.weight': ones(1, 1) },
      {},
      /LoRA of the text_encoder/,
    ],
    ['a LoRA of a transformer', { 'transformer.b.lora_A.weight': ones(1, 1) }, {}, /LoRA of the transformer/],
    ['a LoCon', { ...half, 'unet.a.to_q.lora_mid.weight': ones(1, 1) }, {}, /lora_mid\.weight is not of a plain LoRA/],
    ['the names of kohya', { 'lora_unet_a_to_q.lora_down.weight': ones(1, 1) }, {}, /kohya's names/],
    [
      'a half in two spellings',
      { ...half, 'unet.a.to_q.lora.down.weight': ones(4, 3) },
      {},
      /gives A of a\.to_q a second time/,
    ],
    ['a DoRA', half, { lora_adapter_metadata: '{"unet.use_dora":true}' }, /DoRA/],
    ['metadata that is no JSON', half, { lora_adapter_metadata: '{' }, /lora_adapter_metadata is not a JSON object/],
    [
      'metadata that is no object',
      half,
      { lora_adapter_metadata: 'null' },
      /lora_adapter_metadata is not a JSON object/,
    ],
    [
      'an alpha that is no number',
      { ...half, 'unet.a.to_q.alpha': float32Tensor([], Float32Array.of(Number.NaN)) },
      {},
      /alpha of a\.to_q is NaN/,
    ],
    ['halves of two ranks', { ...half, 'unet.a.to_q.lora_B.weight': ones(3, 5) }, {}, /do not fit/],
    ['halves of two kinds', { ...half, 'unet.a.to_q.lora_B.weight': ones(3, 4, 1, 1) }, {}, /do not fit/],
  ])('is refused when it has %s', async (_, tensors, metadata, message) => {
    const failure = readDiffusersLora(await fileOf(tensors, metadata));
    await expect(failure).rejects.toThrow(LoraError);
    await expect(failure).rejects.toThrow(message);
  });
});

it('keeps the shapes of a 1×1 convolution in both namings', async () => {
  const modules: LoraModules = new Map([['mid_block.proj_in', { A: ones(2, 6, 1, 1), B: ones(6, 2, 1, 1), alpha: 2 }]]);
  const path = join(folder, 'convolution.safetensors');
  await writeDiffusersLora(path, modules, { rank: 2, alpha: 2, targets: ['proj_in'] });
  expect(await readDiffusersLora(path)).toEqual(modules);
  await writeKohyaLora(path, modules);
  expect(await readKohyaLora(path, modules.keys())).toEqual(modules);
});

it.each<[string, RegExp]>([
  ['lora_te1_text_model_encoder_layers_0_mlp_fc1.lora_down.weight', /is not of a UNet/],
  ['lora_unet_input_blocks_4_1_proj_in.lora_down.weight', /names no layer of this UNet/],
  ['lora_unet_a_to_q.hada_w1_a', /is not of a plain LoRA/],
])('a kohya file is refused for %s', async (name, message) => {
  await expect(readKohyaLora(await fileOf({ [name]: ones(1, 1) }), ['a.to_q'])).rejects.toThrow(message);
});
