import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  float32Tensor,
  float32ToBfloat16,
  float32ToFloat16,
  type LdmLayout,
  type PipelinePart,
  type Tensor,
  writeSafetensors,
} from '@bradley/formats';
import { input } from '@bradley/graph';
import { normal } from '@bradley/runtime';
import { clipTextConfigSchema, clipTextModel, textProjection } from '../clip/text-model.js';
import { paramsOf, trainableStore } from '../nn/params.js';
import { unetConfigSchema } from '../unet/config.js';
import { unet2dCondition } from '../unet/unet-2d-condition.js';
import { decodeLatents, encodeMoments, vaeConfigSchema } from '../vae/autoencoder-kl.js';
import { families } from './families.js';

/** Width, depth and groups that fit on a test's desk; the rest is the family's own. */
const small = {
  sd1: { cross_attention_dim: 16, attention_head_dim: 2 },
  sd2: { cross_attention_dim: 16, attention_head_dim: [2, 4] },
  sdxl: { cross_attention_dim: 40, attention_head_dim: [2, 4], projection_class_embeddings_input_dim: 12 + 6 * 4 },
  'sdxl-refiner': {
    cross_attention_dim: 24,
    attention_head_dim: [2, 4],
    projection_class_embeddings_input_dim: 12 + 5 * 4,
  },
} as const satisfies Record<LdmLayout, object>;

const tokens = 77;
const vocabulary = 1753;

/** The configs of a pipeline of one of the layouts, 16×16 latents of 2 pixels, by the folders of their parts. */
function tinyConfigs(layout: LdmLayout) {
  const family = families[layout];
  const { use_linear_projection = false, addition_embed_type = null } = family.unet('epsilon');
  const xl = addition_embed_type !== null;
  const unet = unetConfigSchema.parse({
    ...small[layout],
    use_linear_projection,
    sample_size: 8,
    block_out_channels: [16, 32],
    down_block_types: xl ? ['DownBlock2D', 'CrossAttnDownBlock2D'] : ['CrossAttnDownBlock2D', 'DownBlock2D'],
    up_block_types: xl ? ['CrossAttnUpBlock2D', 'UpBlock2D'] : ['UpBlock2D', 'CrossAttnUpBlock2D'],
    transformer_layers_per_block: xl ? [1, 2] : 1,
    layers_per_block: 1,
    norm_num_groups: 4,
    ...(xl ? { addition_embed_type, addition_time_embed_dim: 4 } : {}),
  });
  const vae = vaeConfigSchema.parse({
    block_out_channels: [8, 8],
    down_block_types: ['DownEncoderBlock2D', 'DownEncoderBlock2D'],
    up_block_types: ['UpDecoderBlock2D', 'UpDecoderBlock2D'],
    norm_num_groups: 4,
  });
  const texts = family.textEncoders.map(({ part, config }) => {
    const width = part === 'text_encoder_2' ? 24 : 16;
    return [
      part,
      clipTextConfigSchema.parse({
        ...config,
        vocab_size: vocabulary,
        hidden_size: width,
        intermediate_size: 2 * width,
        num_hidden_layers: 2,
        num_attention_heads: 2,
        projection_dim: 12,
      }),
    ] as const;
  });
  return { unet, vae, texts: Object.fromEntries(texts) };
}

/** Every tensor that a pipeline of this layout asks for, with random numbers. */
export function tinyWeights(layout: LdmLayout): Partial<Record<PipelinePart, Map<string, Tensor>>> {
  const { unet, vae, texts } = tinyConfigs(layout);
  const drawn = (part: string, build: (p: ReturnType<typeof paramsOf>) => void): Map<string, Tensor> => {
    const store = trainableStore();
    build(paramsOf(store));
    return new Map(
      store.trainables.map(({ name, shape, initial }, index) => {
        const length = shape.reduce((a, b) => a * b, 1);
        const noise = normal({ seed: 0, stream: part, step: 0, index }, length);
        return [
          name,
          float32Tensor(
            shape,
            noise.map((z) => (initial.kind === 'ones' ? 1 : 0) + 0.15 * z),
          ),
        ];
      }),
    );
  };
  const xl = unet.addition_embed_type === 'text_time';
  const parts: Partial<Record<PipelinePart, Map<string, Tensor>>> = {
    unet: drawn('unet', (p) =>
      unet2dCondition(p, unet, input('x', [1, 4, 8, 8]), input('t', [1]), {
        encoderHiddenStates: input('text', [1, tokens, unet.cross_attention_dim as number]),
        ...(xl ? { textEmbeds: input('pooled', [1, 12]), timeIds: input('ids', [1, layout === 'sdxl' ? 6 : 5]) } : {}),
      }),
    ),
    vae: drawn('vae', (p) => {
      encodeMoments(p, vae, input('image', [1, 3, 16, 16]));
      decodeLatents(p, vae, input('latents', [1, 4, 8, 8]));
    }),
  };
  for (const [part, config] of Object.entries(texts) as [PipelinePart, (typeof texts)[string]][])
    parts[part] = drawn(part, (p) => {
      const { pooled } = clipTextModel(p, config, input('ids', [1, tokens], 'int64'));
      if (part === 'text_encoder_2') textProjection(p, config, pooled);
    });
  return parts;
}

const narrow = { float32: (x: Float32Array) => x, float16: float32ToFloat16, bfloat16: float32ToBfloat16 } as const;
export type WeightType = keyof typeof narrow;

/** Tensors stored in a type. */
export const stored = (tensors: ReadonlyMap<string, Tensor>, dtype: WeightType): Map<string, Tensor> =>
  new Map(
    [...tensors].map(([name, { shape, data }]) => [name, { dtype, shape, data: narrow[dtype](data as Float32Array) }]),
  );

/** Writes a diffusers folder of the layout: configs, scheduler, tokenizers, and the weights unless they are left out. */
export async function writeTinyPipeline(
  folder: string,
  layout: LdmLayout,
  { dtype = 'float32', weights = true }: { dtype?: WeightType; weights?: boolean } = {},
): Promise<void> {
  const { unet, vae, texts } = tinyConfigs(layout);
  const write = async (part: string, file: string, value: object) => {
    await mkdir(join(folder, part), { recursive: true });
    await writeFile(join(folder, part, file), JSON.stringify(value));
  };
  const parts = Object.entries(tinyWeights(layout));
  for (const [part, tensors] of weights ? parts : []) {
    await mkdir(join(folder, part), { recursive: true });
    const name = part.startsWith('text') ? 'model' : 'diffusion_pytorch_model';
    await writeSafetensors(join(folder, part, `${name}.safetensors`), stored(tensors, dtype));
  }
  await write('unet', 'config.json', unet);
  await write('vae', 'config.json', vae);
  for (const [part, config] of Object.entries(texts)) await write(part, 'config.json', config);
  for (const { part, padToken } of families[layout].textEncoders)
    await writeTinyTokenizer(join(folder, part.replace('text_encoder', 'tokenizer')), padToken);
  await write('scheduler', 'scheduler_config.json', { ...families[layout].scheduler, prediction_type: 'epsilon' });
  const encoders = Object.fromEntries(Object.keys(texts).map((part) => [part, ['transformers', 'CLIPTextModel']]));
  await write('.', 'model_index.json', {
    _class_name: 'StableDiffusionPipeline',
    text_encoder: [null, null],
    ...encoders,
  });
}

const fixtures = fileURLToPath(new URL('../../../../fixtures/', import.meta.url));

/** A folder with CLIP's tokenizer over the small vocabulary of the fixtures. */
export async function writeTinyTokenizer(folder: string, padToken = '<|endoftext|>'): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const file of ['vocab.json', 'merges.txt']) await cp(join(fixtures, `tok_clip.${file}`), join(folder, file));
  const config = { tokenizer_class: 'CLIPTokenizer', model_max_length: tokens, pad_token: padToken };
  await writeFile(join(folder, 'tokenizer_config.json'), JSON.stringify(config));
}
