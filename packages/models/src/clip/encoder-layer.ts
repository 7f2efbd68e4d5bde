import { add, attention, dim, gelu, quickGelu, type Value } from '@bradley/graph';
import { z } from 'zod';
import { layerNorm, linear } from '../nn/layers.js';
import type { Params } from '../nn/params.js';

/** The activations of CLIP and BLIP, by their names in a config.json. */
export const hiddenActSchema = z.enum(['quick_gelu', 'gelu']);

export type HiddenAct = z.infer<typeof hiddenActSchema>;

const activations: Record<HiddenAct, (x: Value) => Value> = { quick_gelu: quickGelu, gelu };

interface EncoderLayerConfig {
  readonly num_attention_heads: number;
  readonly intermediate_size: number;
  readonly hidden_act: HiddenAct;
  readonly layer_norm_eps: number;
}

/** CLIPEncoderLayer of transformers: x (B, L, D), pre-norm. */
export function encoderLayer(p: Params, x: Value, config: EncoderLayerConfig, { causal = false } = {}): Value {
  const width = dim(x, 2);
  const normal = layerNorm(p.at('layer_norm1'), x, config.layer_norm_eps);
  const attn = p.at('self_attn');
  const projected = (name: string): Value => linear(attn.at(name), normal, width);
  const mixed = attention(projected('q_proj'), projected('k_proj'), projected('v_proj'), {
    heads: config.num_attention_heads,
    causal,
  });
  return feedForward(p, add(x, linear(attn.at('out_proj'), mixed, width)), config);
}

/** The second half of a pre-norm layer: h (B, L, D) + mlp(layer_norm2(h)). */
export function feedForward(p: Params, h: Value, config: EncoderLayerConfig): Value {
  const normal = layerNorm(p.at('layer_norm2'), h, config.layer_norm_eps);
  const inner = activations[config.hidden_act](linear(p.at('mlp.fc1'), normal, config.intermediate_size));
  return add(h, linear(p.at('mlp.fc2'), inner, dim(h, 2)));
}
