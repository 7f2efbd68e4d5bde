import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LdmLayout, ldmLayouts, type PipelinePart, type TensorSource, writeLdm } from '@bradley/formats';
import { input } from '@bradley/graph';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clipTextConfigSchema, clipTextModel, textProjection } from '../clip/text-model.js';
import { checkpointStore } from '../nn/checkpoint-store.js';
import { type Params, paramsOf, trainableStore } from '../nn/params.js';
import { type UNetConfig, unetConfigSchema } from '../unet/config.js';
import { unet2dCondition } from '../unet/unet-2d-condition.js';
import { decodeLatents, encodeMoments, type VaeConfig, vaeConfigSchema } from '../vae/autoencoder-kl.js';
import type { DiffusionModel } from './diffusion-model.js';
import { families } from './families.js';
import { openDiffusionModel } from './open-model.js';
import { type RealNetwork, realNetworks, realParts } from './real-geometry.test-support.js';
import { writeTinyTokenizer } from './tiny-pipeline.test-support.js';
import { conditionShapes } from './unet-network.js';

let root: string;
let networks: ReadonlyMap<string, RealNetwork>;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'families-'));
  networks = await realNetworks();
  await writeTinyTokenizer(join(root, 'tokenizer'));
});
afterAll(() => rm(root, { recursive: true }));

/** Builds each part's network over a path: what it asks for is what it needs. */
function buildUNet(
  p: Params,
  config: UNetConfig,
  { textEncoders }: { textEncoders: readonly { config: { hidden_size: number; projection_dim: number } }[] },
) {
  const width = textEncoders.reduce((total, { config: { hidden_size } }) => total + hidden_size, 0);
  const pooled = textEncoders.at(-1)?.config.projection_dim ?? null;
  const shapes = conditionShapes(config, { shape: [77, width], pooled });
  const condition = Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => [name, input(name, [1, ...shape])]),
  );
  unet2dCondition(p, config, input('x', [1, config.in_channels, 8, 8]), input('t', [1]), condition as never);
}
function buildVae(p: Params, config: VaeConfig) {
  encodeMoments(p, config, input('image', [1, 3, 64, 64]));
  decodeLatents(p, config, input('latents', [1, 4, 8, 8]));
}
function buildText(p: Params, config: ReturnType<typeof clipTextConfigSchema.parse>, projected: boolean) {
  const { pooled } = clipTextModel(p, config, input('ids', [1, 77], 'int64'));
  if (projected) textProjection(p, config, pooled);
}

/** What the family's configs ask for, a part at a time. */
function asked(layout: LdmLayout, part: PipelinePart): Map<string, readonly number[]> {
  const family = families[layout];
  const textEncoders = family.textEncoders.map(({ config }) => ({ config: clipTextConfigSchema.parse(config) }));
  const store = trainableStore();
  const p = paramsOf(store);
  if (part === 'unet') buildUNet(p, unetConfigSchema.parse(family.unet('epsilon')), { textEncoders });
  else if (part === 'vae') buildVae(p, vaeConfigSchema.parse(family.vae));
  else {
    const index = family.textEncoders.findIndex((of) => of.part === part);
    buildText(p, (textEncoders[index] as (typeof textEncoders)[number]).config, part === 'text_encoder_2');
  }
  return new Map(store.trainables.map(({ name, shape }) => [name, shape]));
}

const parts = ldmLayouts.flatMap((layout) =>
  Object.entries(realParts[layout]).map(([part, network]) => [layout, part as PipelinePart, network] as const),
);

describe.each(parts)('the released config of %s, %s,', (layout, part, network) => {
  it('asks for the tensors that the reference makes of it: names, shapes, count', () => {
    const real = networks.get(network) as RealNetwork;
    const ours = asked(layout, part);
    expect([...ours].sort()).toEqual([...real.shapes].sort());
    expect(ours.size).toBe(real.tensors);
    const parameters = [...ours.values()].reduce((total, shape) => total + shape.reduce((a, b) => a * b, 1), 0);
    expect(parameters).toBe(real.parameters);
  });
});

it('counts the parameters that are published for the UNets of SD 1.5 and SDXL', () => {
  expect(networks.get('unet/sd1')?.parameters).toBe(859_520_964);
  expect(networks.get('unet/sdxl')?.parameters).toBe(2_567_463_684);
});

/** A file of a released model's size in 16 bit: a real header, and a hole where the weights would be. */
async function writeHollow(
  name: string,
  layout: LdmLayout,
  {
    metadata = {},
    change = (tensors) => tensors,
  }: {
    metadata?: Record<string, string>;
    change?: (tensors: Map<string, readonly number[]>) => Map<string, readonly number[]>;
  } = {},
): Promise<string> {
  const source = (shape: readonly number[]): TensorSource => ({
    dtype: 'float16',
    shape,
    read: () => Promise.reject(new Error('hollow')),
  });
  const real = Object.entries(realParts[layout]).map(([part, network]) => [
    part,
    new Map([...(networks.get(network) as RealNetwork).shapes].map(([tensor, shape]) => [tensor, source(shape)])),
  ]);
  const written = writeLdm(layout, Object.fromEntries(real));
  const shapes = change(new Map([...written].map(([tensor, { shape }]) => [tensor, shape])));
  let end = 0;
  const header = [...shapes].map(([tensor, shape]) => {
    const start = end;
    end += 2 * shape.reduce((a, b) => a * b, 1);
    return [tensor, { dtype: 'F16', shape, data_offsets: [start, end] }];
  });
  const json = Buffer.from(JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(header) }));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  const path = join(root, name);
  const file = await open(path, 'w');
  await file.write(Buffer.concat([length, json]));
  await file.truncate(8 + json.length + end);
  await file.close();
  return path;
}

/** Every tensor that sampling and encoding need is asked for, by name and shape. */
function requireAll({ unet, vae, textEncoders }: DiffusionModel): void {
  buildUNet(paramsOf(checkpointStore(unet.tensors, unet.path)), unet.config, { textEncoders });
  buildVae(paramsOf(checkpointStore(vae.tensors, vae.path)), vae.config);
  for (const { tensors, path, config, projected } of textEncoders)
    buildText(paramsOf(checkpointStore(tensors, path)), config, projected && textEncoders.at(-1)?.tensors === tensors);
}

const tokenizer = () => join(root, 'tokenizer');

describe('a single file of a released model', () => {
  it.each([
    ['sd1', 'epsilon', 64, 'PNDMScheduler'],
    ['sdxl', 'epsilon', 128, 'EulerDiscreteScheduler'],
    ['sdxl-refiner', 'epsilon', 128, 'EulerDiscreteScheduler'],
  ] as const)('is recognised: %s', async (layout, prediction, size, scheduler) => {
    const model = await openDiffusionModel(await writeHollow(`${layout}.safetensors`, layout), {
      tokenizer: tokenizer(),
    });
    expect(model).toMatchObject({ layout, predictionType: prediction, unet: { config: { sample_size: size } } });
    expect(model.scheduler).toMatchObject({ _class_name: scheduler, beta_end: 0.012, prediction_type: prediction });
    requireAll(model);
  });

  it('of Stable Diffusion 2 says in its metadata what it predicts, or has to be told', async () => {
    const silent = await writeHollow('sd2.safetensors', 'sd2');
    await expect(openDiffusionModel(silent, { tokenizer: tokenizer() })).rejects.toThrow(
      /sd2\.safetensors: it is of Stable Diffusion 2.*Give predictionType: epsilon or v_prediction/s,
    );
    const base = await openDiffusionModel(silent, { tokenizer: tokenizer(), predictionType: 'epsilon' });
    expect(base).toMatchObject({ predictionType: 'epsilon', unet: { config: { sample_size: 64 } } });
    requireAll(base);
    const stating = await writeHollow('v.safetensors', 'sd2', { metadata: { 'modelspec.prediction_type': 'v' } });
    const model = await openDiffusionModel(stating, { tokenizer: tokenizer() });
    expect(model).toMatchObject({ predictionType: 'v_prediction', unet: { config: { sample_size: 96 } } });
    expect(model.scheduler.prediction_type).toBe('v_prediction');
  });

  it('of SDXL that marks itself as tuned to velocity and zero terminal SNR is taken so', async () => {
    const marked = await writeHollow('marked.safetensors', 'sdxl', {
      change: (tensors) => new Map([...tensors, ['v_pred', [0]], ['ztsnr', [0]]]),
    });
    const { predictionType, scheduler } = await openDiffusionModel(marked, { tokenizer: tokenizer() });
    expect(predictionType).toBe('v_prediction');
    expect(scheduler).toMatchObject({ rescale_betas_zero_snr: true, timestep_spacing: 'trailing' });
  });

  it('pads prompts as its own tokenizers do, whatever the folder given pads with', async () => {
    const { textEncoders } = await openDiffusionModel(join(root, 'sdxl.safetensors'), { tokenizer: tokenizer() });
    const last = textEncoders.map(({ tokenizer: of }) =>
      of.encode('cat', { maxLength: 77, padding: 'max' }).ids.at(-1),
    );
    expect(last).toEqual([textEncoders[0]?.tokenizer.eosId, 2]);
  });

  const first = 'model.diffusion_model.input_blocks.0.0.weight';
  it.each<[string, (tensors: Map<string, readonly number[]>) => Map<string, readonly number[]>, RegExp]>([
    [
      'an inpainting model',
      (of) => of.set(first, [320, 9, 3, 3]),
      /takes 9 channels.*\(inpainting\)\. Only text-to-image/,
    ],
    ['a model that edits', (of) => of.set(first, [320, 8, 3, 3]), /InstructPix2Pix/],
    [
      'a model that is given something else',
      (of) => of.set(first, [320, 6, 3, 3]),
      /takes 6 channels.*more than noisy latents/,
    ],
    ['Playground 2.5', (of) => of.set('edm_mean', [1, 4, 1, 1]), /EDM formulation/],
    [
      'a distilled model of fewer layers',
      (of) => new Map([...of].filter(([name]) => !/middle_block\.1|transformer_blocks\.[4-9]\./.test(name))),
      /those of Stable Diffusion XL, but its UNet is another:\n {2}transformer_layers_per_block: \[0, 2, 4\], not \[0, 2, 10\]\n {2}cross_attention_dim: 0, not 2048/,
    ],
  ])('is refused as %s', async (_what, change, message) => {
    const path = await writeHollow('other.safetensors', 'sdxl', { change });
    await expect(openDiffusionModel(path, { tokenizer: tokenizer() })).rejects.toThrow(message);
  });

  it('needs a tokenizer, and says where there is one', async () => {
    await expect(openDiffusionModel(join(root, 'sd1.safetensors'))).rejects.toThrow(
      /sd1\.safetensors: a single file has no tokenizer.*openai\/clip-vit-large-patch14/s,
    );
  });
});
