export type Storage = 'fp32' | 'fp16';

/** The configs of a released model, as its repository has them, less what is the default. */
export interface Geometry {
  readonly unet: Readonly<Record<string, unknown>>;
  readonly vae: Readonly<Record<string, unknown>>;
  readonly textEncoders: readonly Readonly<Record<string, unknown>>[];
  readonly scheduler: Readonly<Record<string, unknown>> & { readonly _class_name: string };
}

const vae = {
  act_fn: 'silu',
  block_out_channels: [128, 256, 512, 512],
  down_block_types: Array(4).fill('DownEncoderBlock2D'),
  in_channels: 3,
  latent_channels: 4,
  layers_per_block: 2,
  norm_num_groups: 32,
  out_channels: 3,
  up_block_types: Array(4).fill('UpDecoderBlock2D'),
};

const clipVitL = {
  hidden_act: 'quick_gelu',
  hidden_size: 768,
  intermediate_size: 3072,
  layer_norm_eps: 1e-5,
  max_position_embeddings: 77,
  num_attention_heads: 12,
  num_hidden_layers: 12,
  projection_dim: 768,
  vocab_size: 49408,
};

const scheduler = {
  beta_end: 0.012,
  beta_schedule: 'scaled_linear',
  beta_start: 0.00085,
  clip_sample: false,
  num_train_timesteps: 1000,
  set_alpha_to_one: false,
  steps_offset: 1,
};

export const geometries: Readonly<Record<string, Geometry>> = {
  sd15: {
    unet: {
      attention_head_dim: 8,
      block_out_channels: [320, 640, 1280, 1280],
      cross_attention_dim: 768,
      down_block_types: ['CrossAttnDownBlock2D', 'CrossAttnDownBlock2D', 'CrossAttnDownBlock2D', 'DownBlock2D'],
      in_channels: 4,
      layers_per_block: 2,
      out_channels: 4,
      sample_size: 64,
      up_block_types: ['UpBlock2D', 'CrossAttnUpBlock2D', 'CrossAttnUpBlock2D', 'CrossAttnUpBlock2D'],
    },
    vae: { ...vae, sample_size: 512, scaling_factor: 0.18215 },
    textEncoders: [clipVitL],
    scheduler: { _class_name: 'PNDMScheduler', skip_prk_steps: true, ...scheduler },
  },
  sdxl: {
    unet: {
      addition_embed_type: 'text_time',
      addition_time_embed_dim: 256,
      attention_head_dim: [5, 10, 20],
      block_out_channels: [320, 640, 1280],
      cross_attention_dim: 2048,
      down_block_types: ['DownBlock2D', 'CrossAttnDownBlock2D', 'CrossAttnDownBlock2D'],
      in_channels: 4,
      layers_per_block: 2,
      out_channels: 4,
      projection_class_embeddings_input_dim: 2816,
      sample_size: 128,
      transformer_layers_per_block: [1, 2, 10],
      up_block_types: ['CrossAttnUpBlock2D', 'CrossAttnUpBlock2D', 'UpBlock2D'],
      use_linear_projection: true,
    },
    vae: { ...vae, sample_size: 1024, scaling_factor: 0.13025, force_upcast: true },
    textEncoders: [
      { ...clipVitL, hidden_act: 'quick_gelu' },
      {
        ...clipVitL,
        hidden_act: 'gelu',
        hidden_size: 1280,
        intermediate_size: 5120,
        num_attention_heads: 20,
        num_hidden_layers: 32,
        projection_dim: 1280,
      },
    ],
    scheduler: { _class_name: 'EulerDiscreteScheduler', timestep_spacing: 'leading', ...scheduler },
  },
};
