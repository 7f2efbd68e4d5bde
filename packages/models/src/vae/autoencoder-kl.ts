import { add, attention, chunk, dim, exp, mul, relu, reshape, silu, sub, type Value } from '@bradley/graph';
import { z } from 'zod';
import { conv2d, fromTokens, groupNorm, linear, toTokens } from '../nn/layers.js';
import type { Params } from '../nn/params.js';
import { resizeNearest } from '../nn/resize.js';
import { resnetBlock } from '../nn/resnet-block.js';

/** The `config.json` of a diffusers AutoencoderKL. */
export const vaeConfigSchema = z.object({
  in_channels: z.number().int().positive().default(3),
  out_channels: z.number().int().positive().default(3),
  down_block_types: z.array(z.literal('DownEncoderBlock2D')).default(['DownEncoderBlock2D']),
  up_block_types: z.array(z.literal('UpDecoderBlock2D')).default(['UpDecoderBlock2D']),
  block_out_channels: z.array(z.number().int().positive()).default([64]),
  layers_per_block: z.number().int().positive().default(1),
  act_fn: z.literal('silu').default('silu'),
  latent_channels: z.number().int().positive().default(4),
  norm_num_groups: z.number().int().positive().default(32),
  sample_size: z.number().int().positive().nullish(),
  scaling_factor: z.number().positive().default(0.18215),
  shift_factor: z.number().nullish(),
  latents_mean: z.null().optional(),
  latents_std: z.null().optional(),
  use_quant_conv: z.boolean().default(true),
  use_post_quant_conv: z.boolean().default(true),
  mid_block_add_attention: z.boolean().default(true),
  force_upcast: z.union([z.boolean(), z.number()]).nullish(),
});

export type VaeConfig = z.infer<typeof vaeConfigSchema>;

const eps = 1e-6;

/** The encoder: image (B, 3, H, W) in [−1, 1] → moments (B, 2·latent_channels, H/f, W/f), mean then log-variance. */
export function encodeMoments(p: Params, config: VaeConfig, image: Value): Value {
  const { block_out_channels: channels, norm_num_groups: groups, latent_channels: latents } = config;
  const at = p.at('encoder');
  let h = conv2d(at.at('conv_in'), image, channels[0] as number, { kernel: 3, padding: 1 });
  channels.forEach((outChannels, block) => {
    const down = at.at(`down_blocks.${block}`);
    for (let i = 0; i < config.layers_per_block; i++)
      h = resnetBlock(down.at(`resnets.${i}`), h, null, { outChannels, groups, eps });
    // Padded on the right and below only.
    if (block < channels.length - 1)
      h = conv2d(down.at('downsamplers.0.conv'), h, outChannels, { kernel: 3, stride: 2, padding: [0, 0, 1, 1] });
  });
  h = midBlock(at.at('mid_block'), h, config);
  h = silu(groupNorm(at.at('conv_norm_out'), h, groups, eps));
  h = conv2d(at.at('conv_out'), h, 2 * latents, { kernel: 3, padding: 1 });
  return config.use_quant_conv ? conv2d(p.at('quant_conv'), h, 2 * latents, { kernel: 1 }) : h;
}

/** The posterior of `encodeMoments`: mean, and log-variance clamped to [−30, 20]; each (B, latent_channels, H/f, W/f). */
export function posterior(moments: Value): { mean: Value; logvar: Value; std: Value } {
  const [mean, raw] = chunk(moments, 2, 1) as [Value, Value];
  const atLeast = add(relu(add(raw, 30)), -30);
  const logvar = sub(20, relu(sub(20, atLeast)));
  return { mean, logvar, std: exp(mul(0.5, logvar)) };
}

/** The decoder: latents (B, latent_channels, h, w), unscaled → image (B, 3, f·h, f·w). */
export function decodeLatents(p: Params, config: VaeConfig, latents: Value): Value {
  const { norm_num_groups: groups, latent_channels: latentChannels } = config;
  const channels = [...config.block_out_channels].reverse();
  const at = p.at('decoder');
  let h = config.use_post_quant_conv
    ? conv2d(p.at('post_quant_conv'), latents, latentChannels, { kernel: 1 })
    : latents;
  h = conv2d(at.at('conv_in'), h, channels[0] as number, { kernel: 3, padding: 1 });
  h = midBlock(at.at('mid_block'), h, config);
  channels.forEach((outChannels, block) => {
    const up = at.at(`up_blocks.${block}`);
    for (let i = 0; i < config.layers_per_block + 1; i++)
      h = resnetBlock(up.at(`resnets.${i}`), h, null, { outChannels, groups, eps });
    if (block < channels.length - 1)
      h = conv2d(up.at('upsamplers.0.conv'), resizeNearest(h, 2 * dim(h, 2), 2 * dim(h, 3)), outChannels, {
        kernel: 3,
        padding: 1,
      });
  });
  h = silu(groupNorm(at.at('conv_norm_out'), h, groups, eps));
  return conv2d(at.at('conv_out'), h, config.out_channels, { kernel: 3, padding: 1 });
}

/** UNetMidBlock2D: resnet, attention of one head over all positions, resnet. */
function midBlock(p: Params, x: Value, config: VaeConfig): Value {
  const resnet = { outChannels: dim(x, 1), groups: config.norm_num_groups, eps };
  let h = resnetBlock(p.at('resnets.0'), x, null, resnet);
  if (config.mid_block_add_attention) h = selfAttention(p.at('attentions.0'), h, config.norm_num_groups);
  h = resnetBlock(p.at('resnets.1'), h, null, resnet);
  return h;
}

function selfAttention(p: Params, x: Value, groups: number): Value {
  const [channels, height, width] = [dim(x, 1), dim(x, 2), dim(x, 3)];
  const tokens = toTokens(groupNorm(p.at('group_norm'), x, groups, eps));
  const [q, k, v] = ['to_q', 'to_k', 'to_v'].map((name) => linear(p.at(name), tokens, channels)) as [
    Value,
    Value,
    Value,
  ];
  const out = linear(p.at('to_out.0'), attention(q, k, v, { heads: 1 }), channels);
  return add(x, reshape(fromTokens(out, height, width), x.shape));
}
