import { block, dim, reshape, slice, type Value } from '@bradley/graph';
import { z } from 'zod';
import { layerNorm } from '../nn/layers.js';
import type { Params } from '../nn/params.js';
import { patchEmbedding, prependToken } from '../nn/patch-embedding.js';
import { encoderLayer, hiddenActSchema } from './encoder-layer.js';

/** The `config.json` of a transformers CLIPVisionModel, with its defaults (ViT-B/32). */
export const clipVisionConfigSchema = z.object({
  hidden_size: z.number().int().positive().default(768),
  intermediate_size: z.number().int().positive().default(3072),
  num_hidden_layers: z.number().int().positive().default(12),
  num_attention_heads: z.number().int().positive().default(12),
  num_channels: z.number().int().positive().default(3),
  image_size: z.number().int().positive().default(224),
  patch_size: z.number().int().positive().default(32),
  hidden_act: hiddenActSchema.default('quick_gelu'),
  layer_norm_eps: z.number().positive().default(1e-5),
});

export type ClipVisionConfig = z.infer<typeof clipVisionConfigSchema>;

export interface ClipVisionOutput {
  /** After the last layer, without a norm: (B, 1 + patches, D) */
  readonly lastHiddenState: Value;
  /** The class token through post_layernorm: (B, D) */
  readonly pooled: Value;
}

/**
 * CLIPVisionModel of transformers: pixelValues (B, channels, size, size), normalised as the model's preprocessor does.
 *
 * @throws RangeError when the pictures are not of the size that the config states
 */
export function clipVisionModel(p: Params, config: ClipVisionConfig, pixelValues: Value): ClipVisionOutput {
  const { hidden_size: width, layer_norm_eps: eps } = config;
  const at = p.at('vision_model');
  const embeddings = at.at('embeddings');
  const patches = patchEmbedding(embeddings.at('patch_embedding'), pixelValues, config, { bias: false });
  const tokens = 1 + dim(patches, 1);
  const positions = embeddings.at('position_embedding').tensor('weight', [tokens, width], initial);
  const classToken = embeddings.tensor('class_embedding', [width], { kind: 'normal', deviation: width ** -0.5 });
  let h = prependToken(classToken, patches, positions);
  h = layerNorm(at.at('pre_layrnorm'), h, eps); // sic
  for (let i = 0; i < config.num_hidden_layers; i++)
    h = block(() => encoderLayer(at.at(`encoder.layers.${i}`), h, config));
  const first = reshape(slice(h, [1], [0], [1]), [dim(h, 0), width]);
  return { lastHiddenState: h, pooled: layerNorm(at.at('post_layernorm'), first, eps) };
}

const initial = { kind: 'normal', deviation: 0.02 } as const;
