import { add, block, concat, dim, silu, unsqueeze, type Value } from '@bradley/graph';
import { conv2d, groupNorm, linear } from './layers.js';
import type { Params } from './params.js';

export interface ResnetConfig {
  readonly outChannels: number;
  readonly groups: number;
  readonly eps: number;
}

/**
 * ResnetBlock2D of diffusers (models/resnet.py), as SD 1.5, SDXL and AutoencoderKL configure it.
 * x (B, Cin, H, W), or what is concatenated to it along the channels; temb (B, D) or none → (B, outChannels, H, W)
 */
export function resnetBlock(p: Params, x: Value | readonly Value[], temb: Value | null, config: ResnetConfig): Value {
  // The concatenation too is computed again: both parts are kept anyway.
  return block(() => resnet(p, Array.isArray(x) ? concat(x, 1) : (x as Value), temb, config));
}

function resnet(p: Params, x: Value, temb: Value | null, { outChannels, groups, eps }: ResnetConfig): Value {
  let h = silu(groupNorm(p.at('norm1'), x, groups, eps));
  h = conv2d(p.at('conv1'), h, outChannels, { kernel: 3, padding: 1 });
  if (temb) h = add(h, unsqueeze(linear(p.at('time_emb_proj'), silu(temb), outChannels), [2, 3]));
  h = silu(groupNorm(p.at('norm2'), h, groups, eps));
  h = conv2d(p.at('conv2'), h, outChannels, { kernel: 3, padding: 1 });
  const sameChannels = dim(x, 1) === outChannels;
  return add(sameChannels ? x : conv2d(p.at('conv_shortcut'), x, outChannels, { kernel: 1 }), h);
}
