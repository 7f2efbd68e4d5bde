import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSafetensors, writeSafetensors } from '../safetensors.js';
import { float32Tensor, type Tensor, toFloat32 } from '../tensor.js';
import { readLora, writeLora } from './lora-file.js';
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

const columns = ['peft', 'diffusers_training_script_file', 'diffusers_lora_AB_form', 'kohya'] as const;
type NameRow = Readonly<Record<(typeof columns)[number], string | null>> & { readonly shape: readonly number[] };
const networks = { unet_sd15: 'unet', unet_sdxl: 'unet', text_encoder: 'text_encoder', sd3: 'transformer' };

describe.each(Object.entries(networks))('the key names of %s', (model, network) => {
  const rowsOf = async (): Promise<NameRow[]> =>
    JSON.parse(await readFile(join(fixtures, 'lora_key_names.json'), 'utf8')).table[model];
  const layerOf = ({ peft }: NameRow) => `${network}.${peft?.replace(/\.lora_[AB]\.weight$/, '')}`;

  it.each(columns)('are read as %s writes them', async (form) => {
    const rows = (await rowsOf()).filter((row) => row[form] !== null);
    if (rows.length === 0) return expect([model, form]).toEqual(['sd3', 'kohya']); // there is no such layout
    const path = await fileOf(Object.fromEntries(rows.map((row) => [row[form], ones(...row.shape)])));
    const { modules } = await readLora(path);
    expect([...modules.keys()].sort()).toEqual([...new Set(rows.map(layerOf))].sort());
  });

  it.each([
    ['diffusers', 'diffusers_lora_AB_form'],
    ['kohya', 'kohya'],
  ] as const)('are written in %s names', async (layout, form) => {
    const rows = await rowsOf();
    const two = model === 'text_encoder'; // the reference numbers the encoders even where there is one
    const path = await fileOf(Object.fromEntries(rows.map((row) => [row.peft, ones(...row.shape)])));
    const { modules } = await readLora(path);
    const written = join(folder, 'written.safetensors');
    const base = {
      family: null,
      unet: null,
      textEncoders: two ? (['clip_l', 'clip_g'] as const) : (['clip_l'] as const),
    };
    const writing = writeLora(written, layout, modules, { base });
    if (rows[0]?.[form] === null) return expect(writing).rejects.toThrow(/has no name for transformer/);
    await writing;
    const names = [...(await readSafetensors(written)).tensors.keys()].filter((name) => !name.endsWith('.alpha'));
    expect(names.sort()).toEqual(rows.map((row) => row[form]).sort());
  });
});

const plain = (modules: LoraModules) =>
  [...modules].sort().map(([layer, { A, B, alpha }]) => [layer, A.shape, [...toFloat32(A)], [...toFloat32(B)], alpha]);

describe('the files of diffusers', () => {
  it('are one adapter in diffusers, PEFT and kohya names, for SD', async () => {
    const { modules } = await readLora(join(fixtures, 'lora_unet_sd15.pytorch_lora_weights.safetensors'));
    expect(modules.size).toBe(56);
    for (const file of ['weights', 'kohya'])
      expect(plain((await readLora(join(fixtures, `lora_unet_sd15.${file}.safetensors`))).modules)).toEqual(
        plain(modules),
      );
  });

  it('are one adapter in both namings with the alpha of the metadata, for SDXL', async () => {
    const diffusers = await readLora(join(fixtures, 'lora_interop_files.sdxl_pytorch_lora_weights.safetensors'));
    const kohya = await readLora(join(fixtures, 'lora_interop_files.sdxl_kohya.safetensors'));
    expect([diffusers.layout, kohya.layout]).toEqual(['diffusers', 'kohya']);
    expect(diffusers.modules.size).toBeGreaterThan(80);
    expect(plain(kohya.modules)).toEqual(plain(diffusers.modules));
    expect([...diffusers.modules.values()].every(({ alpha }) => alpha === 8)).toBe(true);
  });

  it('are written with the same names and configuration', async () => {
    const theirs = join(fixtures, 'lora_unet_sd15.pytorch_lora_weights.safetensors');
    const { modules } = await readLora(theirs);
    const ours = join(folder, 'ours.safetensors');
    await writeLora(ours, 'diffusers', modules, { targets: { unet: ['to_q', 'to_k', 'to_v', 'to_out.0'] } });
    const config = async (path: string) =>
      JSON.parse((await readSafetensors(path)).metadata.lora_adapter_metadata ?? '{}');
    const [written, reference] = [await config(ours), await config(theirs)];
    const targets = 'unet.target_modules';
    expect(written[targets].sort()).toEqual(reference[targets].sort());
    for (const key of Object.keys(written))
      if (key !== targets) expect([key, written[key]]).toEqual([key, reference[key]]);
  });
});

describe('old and other spellings', () => {
  const readLayers = async (names: readonly string[]) => {
    const tensors = names.map((name) => [name, /down|lora_A/.test(name) ? ones(2, 3) : ones(3, 2)] as const);
    return [...(await readLora(await fileOf(Object.fromEntries(tensors)))).modules.keys()].sort();
  };
  const both = (name: string) => [`${name}.down.weight`, `${name}.up.weight`];

  it.each(['unet.', ''])('are read of the old attention processors, with the prefix %j', async (prefix) => {
    const block = 'mid_block.attentions.0.transformer_blocks.0.attn1';
    const names = ['to_q', 'to_k', 'to_v', 'to_out'].flatMap((p) => both(`${prefix}${block}.processor.${p}_lora`));
    expect(await readLayers(names)).toEqual(
      ['to_k', 'to_out.0', 'to_q', 'to_v'].map((name) => `unet.${block}.${name}`),
    );
  });

  it('are read of text encoders, as old diffusers and as transformers 5 call them', async () => {
    const block = 'encoder.layers.0.self_attn';
    const expected = ['k_proj', 'out_proj', 'q_proj', 'v_proj'].map((p) => `text_encoder_2.text_model.${block}.${p}`);
    const old = ['to_q', 'to_k', 'to_v', 'to_out'];
    expect(await readLayers(old.flatMap((p) => both(`text_encoder_2.text_model.${block}.${p}_lora`)))).toEqual(
      expected,
    );
    const flat = ['q_proj', 'k_proj', 'v_proj', 'out_proj'].map((p) => `text_encoder_2.${block}.${p}`);
    expect(await readLayers(flat.flatMap((p) => [`${p}.lora_A.weight`, `${p}.lora_B.weight`]))).toEqual(expected);
  });

  it("are read of PEFT's own files, with or without the adapter's name", async () => {
    const names = ['base_model.model.conv_in.lora_A.default.weight', 'base_model.model.conv_in.lora_B.weight'];
    expect(await readLayers(names)).toEqual(['unet.conv_in']);
  });

  it('are read of ComfyUI', async () => {
    const names = ['diffusion_model.middle_block.1.proj_in', 'text_encoders.clip_g.transformer.text_projection'];
    expect(await readLayers(names.flatMap((name) => [`${name}.lora_A.weight`, `${name}.lora_B.weight`]))).toEqual([
      'text_encoder_2.text_projection',
      'unet.mid_block.attentions.0.proj_in',
    ]);
  });
});

describe('alpha', () => {
  const half = { 'unet.a.to_q.lora_A.weight': ones(4, 3), 'unet.a.to_q.lora_B.weight': ones(3, 4) };
  const alphaWith = async (fields: Record<string, unknown>, tensors: Record<string, Tensor> = half) => {
    const metadata = { lora_adapter_metadata: JSON.stringify(fields) };
    return (await readLora(await fileOf(tensors, metadata))).modules.get('unet.a.to_q')?.alpha;
  };

  it('is its tensor, else its pattern, else the common one, else the rank', async () => {
    const common = { 'unet.lora_alpha': 16 };
    expect(await alphaWith(common, { ...half, 'unet.a.to_q.alpha': float32Tensor([], Float32Array.of(2)) })).toBe(2);
    expect(await alphaWith({ ...common, 'unet.alpha_pattern': { to_q: 6 } })).toBe(6);
    expect(await alphaWith({ ...common, 'unet.alpha_pattern': { '^a\\.to_q': 7 } })).toBe(7);
    expect(await alphaWith({ ...common, 'unet.alpha_pattern': { o_q: 6 } })).toBe(16);
    expect(await alphaWith({ 'text_encoder.lora_alpha': 16 })).toBe(4);
    expect(await alphaWith({ ...common, 'unet.use_rslora': true })).toBe(32);
    expect(await alphaWith({})).toBe(4);
  });

  it.each<[string, Record<string, Tensor>, Record<string, string>, RegExp]>([
    ['a DoRA', half, { lora_adapter_metadata: '{"unet.use_dora":true}' }, /use_dora/],
    ['metadata that is no JSON', half, { lora_adapter_metadata: '{' }, /lora_adapter_metadata is not a JSON object/],
    ['metadata that is no object', half, { lora_adapter_metadata: 'null' }, /is not a JSON object/],
    ['a pattern that is no name', half, { lora_adapter_metadata: '{"unet.alpha_pattern":{"(a+)+":1}}' }, /\(a\+\)\+/],
    ['an alpha that is NaN', { ...half, 'unet.a.to_q.alpha': float32Tensor([], Float32Array.of(NaN)) }, {}, /is NaN/],
    ['an alpha of two numbers', { ...half, 'unet.a.to_q.alpha': ones(2) }, {}, /is one number/],
    ['halves of two ranks', { ...half, 'unet.a.to_q.lora_B.weight': ones(3, 5) }, {}, /do not fit/],
    ['halves of two kinds', { ...half, 'unet.a.to_q.lora_B.weight': ones(3, 4, 1, 1) }, {}, /do not fit/],
    ['an alpha alone', { ...half, 'unet.b.alpha': ones(1) }, {}, /unet\.b has an alpha only/],
    ['a half alone', { ...half, 'unet.b.lora_A.weight': ones(1, 1) }, {}, /unet\.b has a down half only/],
    ['a half twice', { ...half, 'unet.a.to_q.lora.down.weight': ones(4, 3) }, {}, /A of unet\.a\.to_q a second time/],
  ])('is refused with %s', async (_, tensors, metadata, message) => {
    const failure = readLora(await fileOf(tensors, metadata));
    await expect(failure).rejects.toThrow(LoraError);
    await expect(failure).rejects.toThrow(message);
  });
});
