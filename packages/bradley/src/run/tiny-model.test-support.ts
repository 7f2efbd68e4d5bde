import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encodePng } from '@bradley/formats';
import { uniform } from '@bradley/runtime';
import {
  initialise,
  type LossGraph,
  parameterBuffer,
  partPrefixes,
  recipeSchema,
  textToImageLoss,
  vaeLoss,
  writeModelFolder,
} from '@bradley/train';
import { parseRunConfig } from '../config/load-run-config.js';
import type { RunConfig } from '../config/run-config.js';
import { tables } from '../tables.js';

const training = { steps: 1, batch: 1, learningRate: 1 };

/** A Stable Diffusion of 16×16 pixels and 8×8 latents, 224 thousand weights: it knows nothing and trains in milliseconds. */
export const tinyRecipe = recipeSchema.parse({
  imageSize: 16,
  tokenizer: 'tokenizer',
  vae: {
    config: {
      block_out_channels: [8, 8],
      down_block_types: ['DownEncoderBlock2D', 'DownEncoderBlock2D'],
      up_block_types: ['UpDecoderBlock2D', 'UpDecoderBlock2D'],
      layers_per_block: 1,
      norm_num_groups: 4,
      latent_channels: 4,
      sample_size: 16,
    },
    train: training,
  },
  textEncoder: {
    config: {
      vocab_size: 350,
      hidden_size: 16,
      intermediate_size: 32,
      num_hidden_layers: 1,
      num_attention_heads: 2,
      max_position_embeddings: 12,
      projection_dim: 16,
      bos_token_id: 2,
      eos_token_id: 3,
      pad_token_id: 0,
    },
  },
  unet: {
    config: {
      sample_size: 8,
      block_out_channels: [16, 32],
      down_block_types: ['CrossAttnDownBlock2D', 'DownBlock2D'],
      up_block_types: ['UpBlock2D', 'CrossAttnUpBlock2D'],
      layers_per_block: 1,
      attention_head_dim: 2,
      cross_attention_dim: 16,
      norm_num_groups: 4,
    },
  },
  scheduler: {
    _class_name: 'DDIMScheduler',
    num_train_timesteps: 1000,
    beta_start: 0.00085,
    beta_end: 0.012,
    beta_schedule: 'scaled_linear',
    prediction_type: 'v_prediction',
    timestep_spacing: 'trailing',
    clip_sample: false,
    set_alpha_to_one: false,
    steps_offset: 0,
  },
  train: training,
});

const tokenizer = fileURLToPath(new URL('../../../../models/emoji/tokenizer', import.meta.url));

/** Writes the model with random weights as a diffusers folder. */
export async function writeTinyModel(folder: string, recipe = tinyRecipe): Promise<void> {
  const draw = ({ trainables }: LossGraph): Record<string, Float32Array> => {
    const parameters = parameterBuffer(trainables);
    initialise(parameters, trainables, 0);
    return { ...parameters.views };
  };
  const denoiser = draw(
    textToImageLoss(recipe.unet.config, recipe.textEncoder.config, {
      batch: 1,
      tokens: 12,
      latent: [4, 8, 8],
      predictionType: 'v_prediction',
    }),
  );
  const part = (prefix: string): Record<string, Float32Array> =>
    Object.fromEntries(
      Object.entries(denoiser).flatMap(([name, values]) =>
        name.startsWith(prefix) ? [[name.slice(prefix.length), values]] : [],
      ),
    );
  await writeModelFolder(folder, recipe, { ...recipe.vae.config, scaling_factor: 1 }, tokenizer, {
    vae: draw(vaeLoss(recipe.vae.config, 1, recipe.imageSize, { gradient: 1, kl: 1 })),
    unet: part(partPrefixes.unet),
    text_encoder: part(partPrefixes.textEncoder),
  });
}

export const tinyPrompts = ['dog face', 'cat', 'pizza', 'bear', 'airplane', 'candle'];

/** Writes pairs of 16×16 pictures, a warm one chosen over a cold one, with captions: two pairs to a prompt. */
export async function writeTinyComparisons(folder: string, pairs = 12): Promise<void> {
  for (const [side, tint] of [
    ['chosen', [180, 60, 0]],
    ['rejected', [0, 60, 180]],
  ] as const) {
    await mkdir(join(folder, side), { recursive: true });
    for (let i = 0; i < pairs; i++) {
      const grain = uniform({ seed: 0, stream: side, step: 0, index: i }, 16 * 16 * 3);
      const pixels = Uint8Array.from(grain, (u, at) => (tint[at % 3] as number) + Math.floor(75 * u));
      await writeFile(join(folder, side, `${nameOf(i)}.png`), await encodePng(pixels, 16, 16));
    }
  }
  for (let i = 0; i < pairs; i++)
    await writeFile(join(folder, `${nameOf(i)}.txt`), tinyPrompts[i % tinyPrompts.length] as string);
}

const nameOf = (i: number): string => `pair-${String(i).padStart(2, '0')}`;

/** A fresh folder with `model` and `comparisons` in it, and a cache of its own for this process and its children. */
export async function tinyWorkplace(): Promise<string> {
  const base = await mkdtemp(join(tmpdir(), 'tiny-'));
  await writeTinyModel(join(base, 'model'));
  await writeTinyComparisons(join(base, 'comparisons'));
  process.env.BRADLEY_CACHE = join(base, 'cache');
  return base;
}

/** A run of the tiny model in `<base>/<output>`: a LoRA by Diffusion-DPO, every prompt trained on; `overrides` by dotted name. */
export function tinyRun(base: string, output: string, overrides: Readonly<Record<string, unknown>> = {}): RunConfig {
  const settings = {
    model: join(base, 'model'),
    data: { path: join(base, 'comparisons'), heldOut: 0 },
    objective: { name: 'diffusion-dpo', beta: 500 },
    adapter: { kind: 'lora', rank: 4 },
    optimizer: { name: 'adamw', lr: 1e-3 },
    train: { steps: 24, batch: 2, checkpointEvery: 3, threads: 1 },
    output: join(base, output),
  };
  return parseRunConfig(JSON.stringify(settings), 'the tiny run', overrides, tables); // JSON is YAML
}
