import { add, concat, dim, reshape, silu, type Value } from '@bradley/graph';
import { conv2d, groupNorm, linear } from '../nn/layers.js';
import type { Params } from '../nn/params.js';
import { resizeNearest } from '../nn/resize.js';
import { resnetBlock } from '../nn/resnet-block.js';
import { timestepEmbedding } from '../nn/timestep-embedding.js';
import { transformer2d } from '../nn/transformer-2d.js';
import { perBlock, type UNetConfig } from './config.js';

/** What conditions the denoising. */
export interface UNetCondition {
  /** (B, S, cross_attention_dim) */
  readonly encoderHiddenStates: Value;
  /** SDXL: pooled text (B, D) */
  readonly textEmbeds?: Value;
  /** SDXL: (B, 6) original height and width, crop top and left, target height and width */
  readonly timeIds?: Value;
}

/**
 * UNet2DConditionModel of diffusers (models/unets/unet_2d_condition.py), in the forms of SD 1.x, SD 2.x and SDXL.
 * sample (B, in_channels, H, W), timesteps float32 (B) → prediction (B, out_channels, H, W)
 */
export function unet2dCondition(
  p: Params,
  config: UNetConfig,
  sample: Value,
  timesteps: Value,
  condition: UNetCondition,
): Value {
  const { block_out_channels: channels, norm_num_groups: groups, norm_eps: eps } = config;
  const blocks = channels.length;
  const layers = perBlock(config.layers_per_block, blocks, 'layers_per_block');
  const depths = perBlock(config.transformer_layers_per_block, blocks, 'transformer_layers_per_block');
  // In these checkpoints attention_head_dim is the number of heads.
  const heads = perBlock(config.num_attention_heads ?? config.attention_head_dim, blocks, 'attention_head_dim');
  const temb = timeEmbedding(p, config, timesteps, condition);
  const resnet = (at: Params, x: Value | readonly Value[], outChannels: number): Value =>
    resnetBlock(at, x, temb, { outChannels, groups, eps });
  const attend = (at: Params, x: Value, block: number): Value =>
    transformer2d(at, x, condition.encoderHiddenStates, {
      heads: heads[block] as number,
      layers: depths[block] as number,
      groups,
      linearProjection: config.use_linear_projection,
    });

  let h = conv2d(p.at('conv_in'), sample, channels[0] as number, { kernel: 3, padding: 1 });
  const skips = [h];
  config.down_block_types.forEach((type, block) => {
    const at = p.at(`down_blocks.${block}`);
    const outChannels = channels[block] as number;
    for (let i = 0; i < (layers[block] as number); i++) {
      h = resnet(at.at(`resnets.${i}`), h, outChannels);
      if (type === 'CrossAttnDownBlock2D') h = attend(at.at(`attentions.${i}`), h, block);
      skips.push(h);
    }
    if (block < blocks - 1) {
      h = conv2d(at.at('downsamplers.0.conv'), h, outChannels, { kernel: 3, stride: 2, padding: 1 });
      skips.push(h);
    }
  });

  const mid = p.at('mid_block');
  const last = blocks - 1;
  h = resnet(mid.at('resnets.0'), h, channels[last] as number);
  h = attend(mid.at('attentions.0'), h, last);
  h = resnet(mid.at('resnets.1'), h, channels[last] as number);

  config.up_block_types.forEach((type, i) => {
    const at = p.at(`up_blocks.${i}`);
    const block = last - i;
    for (let j = 0; j < (layers[block] as number) + 1; j++) {
      h = resnet(at.at(`resnets.${j}`), [h, skips.pop() as Value], channels[block] as number);
      if (type === 'CrossAttnUpBlock2D') h = attend(at.at(`attentions.${j}`), h, block);
    }
    const next = skips.at(-1);
    // An odd size was halved upwards: enlarge to the size of the tensor that comes next.
    if (block > 0 && next)
      h = conv2d(at.at('upsamplers.0.conv'), resizeNearest(h, dim(next, 2), dim(next, 3)), channels[block] as number, {
        kernel: 3,
        padding: 1,
      });
  });
  h = silu(groupNorm(p.at('conv_norm_out'), h, groups, eps));
  return conv2d(p.at('conv_out'), h, config.out_channels, { kernel: 3, padding: 1 });
}

/** (B) → (B, 4 · channels₀), with SDXL's pooled text and sizes added. */
function timeEmbedding(p: Params, config: UNetConfig, timesteps: Value, { textEmbeds, timeIds }: UNetCondition): Value {
  const base = config.block_out_channels[0] as number;
  const sinusoid = { cosFirst: config.flip_sin_to_cos, shift: config.freq_shift };
  const temb = mlp(p.at('time_embedding'), timestepEmbedding(timesteps, base, sinusoid), 4 * base);
  if (config.addition_embed_type !== 'text_time') return temb;
  if (!textEmbeds || !timeIds || !config.addition_time_embed_dim)
    throw new RangeError(
      'this UNet (addition_embed_type text_time) needs textEmbeds, timeIds and addition_time_embed_dim',
    );
  const sizes = timestepEmbedding(timeIds, config.addition_time_embed_dim, sinusoid); // (B, 6, D)
  const added = concat([textEmbeds, reshape(sizes, [dim(sizes, 0), -1])], 1);
  if (config.projection_class_embeddings_input_dim && dim(added, 1) !== config.projection_class_embeddings_input_dim)
    throw new RangeError(
      `unet config: projection_class_embeddings_input_dim is ${config.projection_class_embeddings_input_dim}, but pooled text and sizes make ${dim(added, 1)}`,
    );
  return add(temb, mlp(p.at('add_embedding'), added, 4 * base));
}

function mlp(p: Params, x: Value, width: number): Value {
  return linear(p.at('linear_2'), silu(linear(p.at('linear_1'), x, width)), width);
}
