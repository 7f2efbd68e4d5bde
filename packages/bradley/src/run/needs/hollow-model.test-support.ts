import { cp, mkdir, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { input } from '@bradley/graph';
import {
  clipTextConfigSchema,
  clipTextModel,
  decodeLatents,
  encodeMoments,
  paramsOf,
  trainableStore,
  unet2dCondition,
  unetConfigSchema,
  vaeConfigSchema,
} from '@bradley/models';

/** Less what is the default: what the released Stable Diffusion 1.5 says. */
const unet = { sample_size: 64, cross_attention_dim: 768, attention_head_dim: 8 };
const vae = {
  block_out_channels: [128, 256, 512, 512],
  down_block_types: Array(4).fill('DownEncoderBlock2D'),
  up_block_types: Array(4).fill('UpDecoderBlock2D'),
  layers_per_block: 2,
  scaling_factor: 0.18215,
  sample_size: 512,
};
const text = {
  vocab_size: 49408,
  hidden_size: 768,
  intermediate_size: 3072,
  num_hidden_layers: 12,
  num_attention_heads: 12,
  max_position_embeddings: 77,
  projection_dim: 768,
  hidden_act: 'quick_gelu',
};
const scheduler = {
  _class_name: 'PNDMScheduler',
  num_train_timesteps: 1000,
  beta_start: 0.00085,
  beta_end: 0.012,
  beta_schedule: 'scaled_linear',
};

const tokenizer = fileURLToPath(new URL('../../../../../models/emoji/tokenizer', import.meta.url));

/** A folder with the configs and the headers of Stable Diffusion 1.5, in float32, and holes where its weights would be. */
export async function writeHollowModel(folder: string): Promise<void> {
  const shapesOf = (build: (p: ReturnType<typeof paramsOf>) => void): Map<string, readonly number[]> => {
    const own = trainableStore();
    build(paramsOf(own));
    return new Map(own.trainables.map(({ name, shape }) => [name, shape]));
  };
  const encoderHiddenStates = input('text', [1, 77, 768]);
  await part(
    folder,
    'unet',
    'diffusion_pytorch_model',
    { _class_name: 'UNet2DConditionModel', ...unet },
    shapesOf((p) => {
      unet2dCondition(p, unetConfigSchema.parse(unet), input('x', [1, 4, 8, 8]), input('t', [1]), {
        encoderHiddenStates,
      });
    }),
  );
  await part(
    folder,
    'vae',
    'diffusion_pytorch_model',
    { _class_name: 'AutoencoderKL', ...vae },
    shapesOf((p) => {
      encodeMoments(p, vaeConfigSchema.parse(vae), input('image', [1, 3, 16, 16]));
      decodeLatents(p, vaeConfigSchema.parse(vae), input('latents', [1, 4, 2, 2]));
    }),
  );
  await part(
    folder,
    'text_encoder',
    'model',
    { architectures: ['CLIPTextModel'], ...text },
    shapesOf((p) => {
      clipTextModel(p, clipTextConfigSchema.parse(text), input('ids', [1, 77], 'int64'));
    }),
  );
  await cp(tokenizer, join(folder, 'tokenizer'), { recursive: true });
  await mkdir(join(folder, 'scheduler'));
  await writeFile(join(folder, 'scheduler', 'scheduler_config.json'), JSON.stringify(scheduler));
  const index = {
    _class_name: 'StableDiffusionPipeline',
    scheduler: ['diffusers', 'PNDMScheduler'],
    unet: ['diffusers', 'UNet2DConditionModel'],
    vae: ['diffusers', 'AutoencoderKL'],
    text_encoder: ['transformers', 'CLIPTextModel'],
    tokenizer: ['transformers', 'PreTrainedTokenizerFast'],
  };
  await writeFile(join(folder, 'model_index.json'), JSON.stringify(index));
}

async function part(
  folder: string,
  name: string,
  file: string,
  config: object,
  shapes: ReadonlyMap<string, readonly number[]>,
): Promise<void> {
  await mkdir(join(folder, name), { recursive: true });
  await writeFile(join(folder, name, 'config.json'), JSON.stringify(config));
  let end = 0;
  const entries = [...shapes].map(([tensor, shape]) => {
    const start = end;
    end += 4 * shape.reduce((product, n) => product * n, 1);
    return [tensor, { dtype: 'F32', shape, data_offsets: [start, end] }];
  });
  const header = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const hollow = await open(join(folder, name, `${file}.safetensors`), 'w');
  await hollow.write(Buffer.concat([length, header]));
  await hollow.truncate(8 + header.length + end);
  await hollow.close();
}
