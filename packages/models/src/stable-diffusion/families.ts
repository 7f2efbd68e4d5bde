import type { LdmLayout, PipelinePart } from '@bradley/formats';
import type { z } from 'zod';
import type { clipTextConfigSchema } from '../clip/text-model.js';
import type { unetConfigSchema } from '../unet/config.js';
import type { vaeConfigSchema } from '../vae/autoencoder-kl.js';
import type { PredictionType } from './diffusion-model.js';

/** What a single file does not say of itself: the configs of the released models that its layout belongs to. */
export interface Family {
  readonly title: string;
  /** Which prediction the released models make; null where both exist and the weights do not tell. */
  readonly predictionType: PredictionType | null;
  unet(prediction: PredictionType): z.input<typeof unetConfigSchema>;
  readonly vae: z.input<typeof vaeConfigSchema>;
  readonly textEncoders: readonly {
    readonly part: PipelinePart;
    readonly config: z.input<typeof clipTextConfigSchema>;
    /** What the model's tokenizer pads with: the vocabulary is CLIP's own in all of them. */
    readonly padToken: string;
  }[];
  readonly scheduler: Readonly<Record<string, unknown>> & { readonly _class_name: string };
}

/** OpenAI's ViT-L/14. Token ids as in the released configs; eos 2 is their legacy value for the largest id. */
const clipL = {
  vocab_size: 49408,
  hidden_size: 768,
  intermediate_size: 3072,
  num_hidden_layers: 12,
  num_attention_heads: 12,
  max_position_embeddings: 77,
  hidden_act: 'quick_gelu',
  projection_dim: 768,
  bos_token_id: 0,
  eos_token_id: 2,
  pad_token_id: 1,
} as const;

/** open_clip's ViT-H/14 without its last layer: SD 2.x conditions on the output of the one before it. */
const openClipH = {
  ...clipL,
  hidden_size: 1024,
  intermediate_size: 4096,
  num_hidden_layers: 23,
  num_attention_heads: 16,
  hidden_act: 'gelu',
  projection_dim: 512,
} as const;

/** open_clip's ViT-bigG/14, with its projection. */
const openClipG = {
  ...clipL,
  hidden_size: 1280,
  intermediate_size: 5120,
  num_hidden_layers: 32,
  num_attention_heads: 20,
  hidden_act: 'gelu',
  projection_dim: 1280,
} as const;

const kl8 = (scalingFactor: number, sampleSize: number): Family['vae'] => ({
  block_out_channels: [128, 256, 512, 512],
  down_block_types: ['DownEncoderBlock2D', 'DownEncoderBlock2D', 'DownEncoderBlock2D', 'DownEncoderBlock2D'],
  up_block_types: ['UpDecoderBlock2D', 'UpDecoderBlock2D', 'UpDecoderBlock2D', 'UpDecoderBlock2D'],
  layers_per_block: 2,
  scaling_factor: scalingFactor,
  sample_size: sampleSize,
});

const scaledLinear = {
  beta_start: 0.00085,
  beta_end: 0.012,
  beta_schedule: 'scaled_linear',
  num_train_timesteps: 1000,
  steps_offset: 1,
} as const;
const pndm = { _class_name: 'PNDMScheduler', ...scaledLinear, skip_prk_steps: true, set_alpha_to_one: false };
const ddim = { _class_name: 'DDIMScheduler', ...scaledLinear, clip_sample: false, set_alpha_to_one: false };
const euler = { _class_name: 'EulerDiscreteScheduler', ...scaledLinear, timestep_spacing: 'leading' };

const textTime = {
  addition_embed_type: 'text_time',
  addition_time_embed_dim: 256,
  use_linear_projection: true,
} as const;

/**
 * The configs of stable-diffusion-v1-5, stable-diffusion-2-1 (and -base), stable-diffusion-xl-base-1.0 and -refiner-1.0, as
 * diffusers' `from_single_file` takes them. It takes every SD 2 file for 2-1: 768 pixels and velocity. Here that has to be
 * said, since the base models predict noise at 512.
 */
export const families: Readonly<Record<LdmLayout, Family>> = {
  sd1: {
    title: 'Stable Diffusion 1',
    predictionType: 'epsilon',
    unet: () => ({ sample_size: 64, cross_attention_dim: 768, attention_head_dim: 8 }),
    vae: kl8(0.18215, 512),
    textEncoders: [{ part: 'text_encoder', config: clipL, padToken: '<|endoftext|>' }],
    scheduler: pndm,
  },
  sd2: {
    title: 'Stable Diffusion 2',
    predictionType: null,
    unet: (prediction) => ({
      sample_size: prediction === 'epsilon' ? 64 : 96,
      cross_attention_dim: 1024,
      attention_head_dim: [5, 10, 20, 20],
      use_linear_projection: true,
    }),
    vae: kl8(0.18215, 768),
    textEncoders: [{ part: 'text_encoder', config: openClipH, padToken: '!' }],
    scheduler: ddim,
  },
  sdxl: {
    title: 'Stable Diffusion XL',
    predictionType: 'epsilon',
    unet: () => ({
      ...textTime,
      sample_size: 128,
      block_out_channels: [320, 640, 1280],
      down_block_types: ['DownBlock2D', 'CrossAttnDownBlock2D', 'CrossAttnDownBlock2D'],
      up_block_types: ['CrossAttnUpBlock2D', 'CrossAttnUpBlock2D', 'UpBlock2D'],
      transformer_layers_per_block: [1, 2, 10],
      attention_head_dim: [5, 10, 20],
      cross_attention_dim: 2048,
      projection_class_embeddings_input_dim: 2816,
    }),
    vae: kl8(0.13025, 1024),
    textEncoders: [
      { part: 'text_encoder', config: clipL, padToken: '<|endoftext|>' },
      { part: 'text_encoder_2', config: openClipG, padToken: '!' },
    ],
    scheduler: euler,
  },
  'sdxl-refiner': {
    title: 'the refiner of Stable Diffusion XL',
    predictionType: 'epsilon',
    unet: () => ({
      ...textTime,
      sample_size: 128,
      block_out_channels: [384, 768, 1536, 1536],
      down_block_types: ['DownBlock2D', 'CrossAttnDownBlock2D', 'CrossAttnDownBlock2D', 'DownBlock2D'],
      up_block_types: ['UpBlock2D', 'CrossAttnUpBlock2D', 'CrossAttnUpBlock2D', 'UpBlock2D'],
      transformer_layers_per_block: 4,
      attention_head_dim: [6, 12, 24, 24],
      cross_attention_dim: 1280,
      projection_class_embeddings_input_dim: 2560,
    }),
    vae: kl8(0.13025, 1024),
    textEncoders: [{ part: 'text_encoder_2', config: openClipG, padToken: '!' }],
    scheduler: euler,
  },
};
