import { cp, mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { float32ToFloat16, type Tensor, writeFileAtomic, writeSafetensors } from '@bradley/formats';
import { input } from '@bradley/graph';
import {
  clipTextConfigSchema,
  clipTextModel,
  decodeLatents,
  encodeMoments,
  type Initial,
  paramsOf,
  textProjection,
  trainableStore,
  unet2dCondition,
  unetConfigSchema,
  vaeConfigSchema,
} from '@bradley/models';
import { uniform } from '@bradley/runtime';
import { type Geometry, geometries, type Storage } from './geometries.js';

interface Parameter {
  readonly name: string;
  readonly shape: readonly number[];
  readonly initial: Initial;
}

/** Shards of at most this many bytes, as the hub's files are. */
const shardBytes = 2 ** 31;

/**
 * A diffusers folder of a released model's true geometry with weights drawn as PyTorch initialises its layers, written
 * once and kept: speed and memory are those of the real model, pictures are noise.
 */
export async function trueGeometry(name: string, storage: Storage): Promise<string> {
  const geometry = geometries[name];
  if (!geometry) throw new RangeError(`no geometry is called ${name}: there are ${Object.keys(geometries).join(', ')}`);
  const folder = join(cacheFolder(), `${name}-${storage}`);
  if (await exists(join(folder, 'model_index.json'))) return folder;
  console.error(`writing random weights of the geometry of ${name} (${storage}) into ${folder}: once, they are kept`);
  const unfinished = `${folder}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true });
  await writeFolder(unfinished, geometry, storage);
  await rename(unfinished, folder);
  return folder;
}

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

const json = (value: object): string => `${JSON.stringify(value, null, 2)}\n`;

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

type Draw = (parameter: Parameter) => Float32Array;

/** Numbers of the right spread, from one table that is read on and on: quicker than as many true draws. */
function drawer(): Draw {
  const table = uniform({ seed: 0, stream: 'geometry', step: 0, index: 0 }, 1_048_573);
  let at = 0;
  return ({ shape, initial }) => {
    const values = new Float32Array(shape.reduce((product, n) => product * n, 1));
    if (initial.kind === 'ones') return values.fill(1);
    if (initial.kind === 'zeros') return values;
    const bound = 'bound' in initial ? initial.bound : 'deviation' in initial ? initial.deviation * Math.sqrt(3) : 0;
    for (let i = 0; i < values.length; i++) {
      values[i] = (2 * (table[at] as number) - 1) * bound;
      at = at + 1 < table.length ? at + 1 : 0;
    }
    return values;
  };
}

async function writeShards(
  folder: string,
  file: string,
  parameters: readonly Parameter[],
  storage: Storage,
  draw: Draw,
): Promise<void> {
  const width = storage === 'fp32' ? 4 : 2;
  const bytes = ({ shape }: Parameter): number => width * shape.reduce((product, n) => product * n, 1);
  const shards: Parameter[][] = [[]];
  let filled = 0;
  for (const parameter of parameters) {
    if (filled + bytes(parameter) > shardBytes) {
      shards.push([]);
      filled = 0;
    }
    filled += bytes(parameter);
    shards.at(-1)?.push(parameter);
  }
  const nameOf = (i: number): string =>
    shards.length === 1
      ? `${file}.safetensors`
      : `${file}-${String(i + 1).padStart(5, '0')}-of-${String(shards.length).padStart(5, '0')}.safetensors`;
  for (const [i, shard] of shards.entries()) {
    const tensors = shard.map((parameter): [string, Tensor] => {
      const { name, shape } = parameter;
      const values = draw(parameter);
      return storage === 'fp32'
        ? [name, { dtype: 'float32', shape, data: values }]
        : [name, { dtype: 'float16', shape, data: float32ToFloat16(values) }];
    });
    await writeSafetensors(join(folder, nameOf(i)), new Map(tensors), { format: 'pt' });
  }
  if (shards.length === 1) return;
  const weightMap = shards.flatMap((shard, i) => shard.map(({ name }) => [name, nameOf(i)]));
  const total = parameters.reduce((sum, parameter) => sum + bytes(parameter), 0);
  const index = { metadata: { total_size: total }, weight_map: Object.fromEntries(weightMap) };
  await writeFileAtomic(join(folder, `${file}.safetensors.index.json`), json(index));
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
