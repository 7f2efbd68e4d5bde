import { z } from 'zod';

const oneOrMany = z.union([z.number().int().positive(), z.array(z.number().int().positive())]);
/** A field that other models of the family use: here it must be absent, null or this value. */
const only = <T extends string | number | boolean>(value: T) => z.literal(value).nullish();
const absent = z.null().optional();

/**
 * The `config.json` of a diffusers UNet2DConditionModel, as SD 1.x, SD 2.x and SDXL have it. A field with a value that this
 * implementation does not compute is an error, never ignored.
 */
export const unetConfigSchema = z
  .object({
    sample_size: z.number().int().positive().nullish(),
    in_channels: z.number().int().positive().default(4),
    out_channels: z.number().int().positive().default(4),
    down_block_types: z
      .array(z.enum(['CrossAttnDownBlock2D', 'DownBlock2D']))
      .default(['CrossAttnDownBlock2D', 'CrossAttnDownBlock2D', 'CrossAttnDownBlock2D', 'DownBlock2D']),
    up_block_types: z
      .array(z.enum(['CrossAttnUpBlock2D', 'UpBlock2D']))
      .default(['UpBlock2D', 'CrossAttnUpBlock2D', 'CrossAttnUpBlock2D', 'CrossAttnUpBlock2D']),
    // null would mean no middle block.
    mid_block_type: z.literal('UNetMidBlock2DCrossAttn').optional(),
    block_out_channels: z.array(z.number().int().positive()).default([320, 640, 1280, 1280]),
    layers_per_block: oneOrMany.default(2),
    transformer_layers_per_block: oneOrMany.default(1),
    attention_head_dim: oneOrMany.default(8),
    num_attention_heads: oneOrMany.nullish(),
    cross_attention_dim: oneOrMany.default(1280),
    use_linear_projection: z.boolean().default(false),
    norm_num_groups: z.number().int().positive().default(32),
    norm_eps: z.number().positive().default(1e-5),
    flip_sin_to_cos: z.boolean().default(true),
    freq_shift: z.number().default(0),
    addition_embed_type: z.literal('text_time').nullish(),
    addition_time_embed_dim: z.number().int().positive().nullish(),
    projection_class_embeddings_input_dim: z.number().int().positive().nullish(),
    upcast_attention: z.boolean().nullish(),
    act_fn: only('silu'),
    dropout: only(0),
    center_input_sample: only(false),
    downsample_padding: only(1),
    mid_block_scale_factor: only(1),
    only_cross_attention: only(false),
    dual_cross_attention: only(false),
    class_embed_type: absent,
    encoder_hid_dim: absent,
    encoder_hid_dim_type: absent,
    num_class_embeds: absent,
    resnet_time_scale_shift: only('default'),
    resnet_skip_time_act: only(false),
    resnet_out_scale_factor: only(1),
    time_embedding_type: only('positional'),
    time_embedding_dim: absent,
    time_embedding_act_fn: absent,
    timestep_post_act: absent,
    time_cond_proj_dim: absent,
    conv_in_kernel: only(3),
    conv_out_kernel: only(3),
    attention_type: only('default'),
    class_embeddings_concat: only(false),
    mid_block_only_cross_attention: absent,
    cross_attention_norm: absent,
    reverse_transformer_layers_per_block: absent,
  })
  .check(({ value, issues }) => {
    const blocks = value.block_out_channels.length;
    for (const path of ['down_block_types', 'up_block_types'] as const)
      if (value[path].length !== blocks)
        issues.push({
          code: 'custom',
          input: value[path],
          path: [path],
          message: `has ${value[path].length} entries, but block_out_channels has ${blocks}`,
        });
  });

export type UNetConfig = z.infer<typeof unetConfigSchema>;

/** A setting given once for all blocks or per block. */
export function perBlock(value: number | readonly number[], blocks: number, name: string): readonly number[] {
  const list = typeof value === 'number' ? Array.from({ length: blocks }, () => value) : value;
  if (list.length !== blocks)
    throw new RangeError(`unet config: ${name} has ${list.length} entries for ${blocks} blocks`);
  return list;
}
