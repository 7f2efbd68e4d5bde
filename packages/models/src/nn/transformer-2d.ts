import { add, attention, block, chunk, dim, gelu, mul, type Value } from '@bradley/graph';
import { conv2d, fromTokens, groupNorm, layerNorm, linear, toTokens } from './layers.js';
import type { Params } from './params.js';

export interface Transformer2DConfig {
  readonly heads: number;
  readonly layers: number;
  readonly groups: number;
  readonly linearProjection: boolean;
}

/**
 * Transformer2DModel of diffusers (models/transformers/transformer_2d.py): x (B, C, H, W) attends to itself and to
 * encoderHiddenStates (B, S, D) → (B, C, H, W)
 */
export function transformer2d(p: Params, x: Value, encoderHiddenStates: Value, config: Transformer2DConfig): Value {
  const { heads, layers, groups, linearProjection } = config;
  const [channels, height, width] = [dim(x, 1), dim(x, 2), dim(x, 3)];
  const normal = groupNorm(p.at('norm'), x, groups, 1e-6);
  let tokens = linearProjection
    ? linear(p.at('proj_in'), toTokens(normal), channels)
    : toTokens(conv2d(p.at('proj_in'), normal, channels, { kernel: 1 }));
  for (let i = 0; i < layers; i++)
    tokens = block(() => basicTransformerBlock(p.at(`transformer_blocks.${i}`), tokens, encoderHiddenStates, heads));
  const out = linearProjection
    ? fromTokens(linear(p.at('proj_out'), tokens, channels), height, width)
    : conv2d(p.at('proj_out'), fromTokens(tokens, height, width), channels, { kernel: 1 });
  return add(out, x);
}

/** BasicTransformerBlock: self-attention, cross-attention, GEGLU; each on a LayerNorm, each added. x (B, L, D) */
function basicTransformerBlock(p: Params, x: Value, encoderHiddenStates: Value, heads: number): Value {
  const width = dim(x, 2);
  const self = layerNorm(p.at('norm1'), x);
  let h = add(attentionLayer(p.at('attn1'), self, self, heads), x);
  h = add(attentionLayer(p.at('attn2'), layerNorm(p.at('norm2'), h), encoderHiddenStates, heads), h);
  return add(geglu(p.at('ff'), layerNorm(p.at('norm3'), h), 4 * width, width), h);
}

/** Attention of diffusers without biases on q, k, v: x (B, L, D) reads context (B, S, K) → (B, L, D) */
function attentionLayer(p: Params, x: Value, context: Value, heads: number): Value {
  const width = dim(x, 2);
  const q = linear(p.at('to_q'), x, width, { bias: false });
  const k = linear(p.at('to_k'), context, width, { bias: false });
  const v = linear(p.at('to_v'), context, width, { bias: false });
  return linear(p.at('to_out.0'), attention(q, k, v, { heads }), width);
}

/** FeedForward with GEGLU (Shazeer 2020, arXiv:2002.05202): (a · gelu(b)) W. */
function geglu(p: Params, x: Value, inner: number, outputs: number): Value {
  const [value, gate] = chunk(linear(p.at('net.0.proj'), x, 2 * inner), 2, -1) as [Value, Value];
  return linear(p.at('net.2'), mul(value, gelu(gate)), outputs);
}
