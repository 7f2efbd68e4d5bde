import { add, attention, block, chunk, dim, type Value } from '@bradley/graph';
import { z } from 'zod';
import { feedForward, hiddenActSchema } from '../clip/encoder-layer.js';
import { layerNorm, linear } from '../nn/layers.js';
import type { Params } from '../nn/params.js';
import { patchEmbedding, prependToken } from '../nn/patch-embedding.js';

/** The `config.json` of a transformers BlipVisionModel, with its defaults (ViT-B/16 at 384). */
export const blipVisionConfigSchema = z.object({
  hidden_size: z.number().int().positive().default(768),
  intermediate_size: z.number().int().positive().default(3072),
  num_hidden_layers: z.number().int().positive().default(12),
  num_attention_heads: z.number().int().positive().default(12),
  image_size: z.number().int().positive().default(384),
  patch_size: z.number().int().positive().default(16),
  hidden_act: hiddenActSchema.default('gelu'),
  layer_norm_eps: z.number().positive().default(1e-5),
});

export type BlipVisionConfig = z.infer<typeof blipVisionConfigSchema>;

/**
 * BlipVisionModel of transformers: pixelValues (B, 3, size, size) → last hidden state (B, 1 + patches, D).
 *
 * @throws RangeError when the pictures are not of the size that the config states
 */
export function blipVisionModel(p: Params, config: BlipVisionConfig, pixelValues: Value): Value {
  const { hidden_size: width, layer_norm_eps: eps } = config;
  const embeddings = p.at('embeddings');
  const patches = patchEmbedding(embeddings.at('patch_embedding'), pixelValues, { ...config, num_channels: 3 });
  const tokens = 1 + dim(patches, 1);
  const positions = embeddings.tensor('position_embedding', [1, tokens, width], initial);
  let h = prependToken(embeddings.tensor('class_embedding', [1, 1, width], initial), patches, positions);
  for (let i = 0; i < config.num_hidden_layers; i++)
    h = block(() => encoderLayer(p.at(`encoder.layers.${i}`), h, config));
  return layerNorm(p.at('post_layernorm'), h, eps);
}

const initial = { kind: 'normal', deviation: 0.02 } as const;

/** BlipEncoderLayer: CLIP's, with queries, keys and values from one matrix. x (B, L, D) */
function encoderLayer(p: Params, x: Value, config: BlipVisionConfig): Value {
  const width = dim(x, 2);
  const attn = p.at('self_attn');
  const joined = linear(attn.at('qkv'), layerNorm(p.at('layer_norm1'), x, config.layer_norm_eps), 3 * width);
  const [q, k, v] = chunk(joined, 3, 2) as [Value, Value, Value];
  const mixed = attention(q, k, v, { heads: config.num_attention_heads });
  return feedForward(p, add(x, linear(attn.at('projection'), mixed, width)), config);
}
