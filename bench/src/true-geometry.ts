import { cp, mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeFileAtomic } from '@bradley/formats';
import { input } from '@bradley/graph';
import {
  clipTextConfigSchema,
  clipTextModel,
  decodeLatents,
  encodeMoments,
  paramsOf,
  textProjection,
  trainableStore,
  unet2dCondition,
  unetConfigSchema,
  vaeConfigSchema,
} from '@bradley/models';
import { type Geometry, geometries, type Storage } from './geometries.js';
import { drawer, json, type Parameter, writeShards } from './random-weights.js';
import { scorerWriters } from './scorer-geometries.js';

/**
 * A model folder of a released model's true geometry with weights drawn as PyTorch initialises its layers, written
 * once and kept: speed and memory are those of the real model, pictures are noise.
 */
export async function trueGeometry(name: string, storage: Storage): Promise<string> {
  const write = writers[name];
  if (!write) throw new RangeError(`no geometry is called ${name}: there are ${Object.keys(writers).join(', ')}`);
  const folder = join(cacheFolder(), `${name}-${storage}`);
  if (await exists(folder)) return folder;
  console.error(`writing random weights of the geometry of ${name} (${storage}) into ${folder}: once, they are kept`);
  const unfinished = `${folder}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true });
  await write(unfinished, storage);
  await rename(unfinished, folder);
  return folder;
}

const writers: Readonly<Record<string, (folder: string, storage: Storage) => Promise<void>>> = {
  ...Object.fromEntries(
    Object.entries(geometries).map(([name, geometry]) => [
      name,
      (folder: string, storage: Storage) => writeFolder(folder, geometry, storage),
    ]),
  ),
  ...scorerWriters,
};

function cacheFolder(): string {
  return join(
    process.env.BRADLEY_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'bradley'),
    'bench',
  );
}

async function writeFolder(folder: string, geometry: Geometry, storage: Storage): Promise<void> {
  const draw = drawer();
  const part = async (name: string, file: string, config: object, parameters: readonly Parameter[]) => {
    await mkdir(join(folder, name), { recursive: true });
    await writeShards(join(folder, name), file, parameters, storage, draw);
    await writeFileAtomic(join(folder, name, 'config.json'), json(config));
  };
  const unet = { _class_name: 'UNet2DConditionModel', ...geometry.unet };
  await part('unet', 'diffusion_pytorch_model', unet, unetParameters(geometry));
  await part(
    'vae',
    'diffusion_pytorch_model',
    { _class_name: 'AutoencoderKL', ...geometry.vae },
    vaeParameters(geometry),
  );
  const tokenizer = fileURLToPath(new URL('../../models/emoji/tokenizer', import.meta.url));
  for (const [i, config] of geometry.textEncoders.entries()) {
    const suffix = i === 0 ? '' : `_${i + 1}`;
    const projected = i > 0;
    const architectures = [projected ? 'CLIPTextModelWithProjection' : 'CLIPTextModel'];
    await part(
      `text_encoder${suffix}`,
      'model',
      { architectures, model_type: 'clip_text_model', ...config },
      textParameters(config, projected),
    );
    await cp(tokenizer, join(folder, `tokenizer${suffix}`), { recursive: true });
    const settings = join(folder, `tokenizer${suffix}`, 'tokenizer_config.json');
    const length = config.max_position_embeddings as number;
    await writeFileAtomic(
      settings,
      json({ ...JSON.parse(await readFile(settings, 'utf8')), model_max_length: length }),
    );
  }
  await mkdir(join(folder, 'scheduler'));
  await writeFileAtomic(join(folder, 'scheduler', 'scheduler_config.json'), json(geometry.scheduler));
  const encoders = Object.fromEntries(
    geometry.textEncoders.flatMap((_, i) => {
      const suffix = i === 0 ? '' : `_${i + 1}`;
      return [
        [`text_encoder${suffix}`, ['transformers', i === 0 ? 'CLIPTextModel' : 'CLIPTextModelWithProjection']],
        [`tokenizer${suffix}`, ['transformers', 'PreTrainedTokenizerFast']],
      ];
    }),
  );
  const index = {
    _class_name: geometry.textEncoders.length > 1 ? 'StableDiffusionXLPipeline' : 'StableDiffusionPipeline',
    scheduler: ['diffusers', geometry.scheduler._class_name],
    unet: ['diffusers', 'UNet2DConditionModel'],
    vae: ['diffusers', 'AutoencoderKL'],
    ...encoders,
  };
  await writeFileAtomic(join(folder, 'model_index.json'), json(index));
}

function unetParameters({ unet }: Geometry): readonly Parameter[] {
  const config = unetConfigSchema.parse(unet);
  const store = trainableStore();
  const side = 2 ** (config.block_out_channels.length - 1);
  const width = config.cross_attention_dim as number;
  const pooled = (config.projection_class_embeddings_input_dim ?? 0) - 6 * (config.addition_time_embed_dim ?? 0);
  unet2dCondition(paramsOf(store), config, input('sample', [1, config.in_channels, side, side]), input('t', [1]), {
    encoderHiddenStates: input('text', [1, 77, width]),
    ...(pooled ? { textEmbeds: input('pooled', [1, pooled]), timeIds: input('sizes', [1, 6]) } : {}),
  });
  return store.trainables;
}

function vaeParameters({ vae }: Geometry): readonly Parameter[] {
  const config = vaeConfigSchema.parse(vae);
  const store = trainableStore();
  encodeMoments(paramsOf(store), config, input('image', [1, 3, 16, 16]));
  decodeLatents(paramsOf(store), config, input('latents', [1, config.latent_channels, 2, 2]));
  return store.trainables;
}

function textParameters(given: object, projected: boolean): readonly Parameter[] {
  const config = clipTextConfigSchema.parse(given);
  const store = trainableStore();
  const { pooled } = clipTextModel(paramsOf(store), config, input('ids', [1, 77], 'int64'));
  if (projected) textProjection(paramsOf(store), config, pooled);
  return store.trainables;
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
