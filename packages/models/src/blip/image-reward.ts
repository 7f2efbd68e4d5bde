import { dim, reshape, slice, type Value } from '@bradley/graph';
import { z } from 'zod';
import { linear } from '../nn/layers.js';
import type { Params } from '../nn/params.js';
import { blipTextConfigSchema, blipTextModel } from './text-model.js';
import { blipVisionConfigSchema, blipVisionModel } from './vision-model.js';

/**
 * The networks of ImageReward (Xu et al. 2023, arXiv:2304.05977): BLIP's two, and five linear layers on the text's first token.
 * Defaults are those of ImageReward-v1.0, whose epsilon in the picture's norms is that of timm.
 */
export const imageRewardConfigSchema = z.object({
  vision: blipVisionConfigSchema.prefault({
    hidden_size: 1024,
    intermediate_size: 4096,
    num_hidden_layers: 24,
    num_attention_heads: 16,
    image_size: 224,
    layer_norm_eps: 1e-6,
  }),
  text: blipTextConfigSchema.prefault({ encoder_hidden_size: 1024, num_attention_heads: 12 }),
  /** Widths between the layers of the head, from the text's to 1. No activations lie between them. */
  mlp: z.array(z.number().int().positive()).min(2).default([768, 1024, 128, 64, 16, 1]),
});

export type ImageRewardConfig = z.infer<typeof imageRewardConfigSchema>;

/** Mean and deviation of rewards on the authors' data: ImageReward.score gives (reward − mean) / deviation. */
export const imageRewardScale = { mean: 0.16717362830052426, deviation: 1.0333394966054072 } as const;

/** What the head reads of a picture: pixelValues (B, 3, size, size) → (B, 1 + patches, D). Tensors under `vision`. */
export function imageRewardStates(p: Params, config: ImageRewardConfig, pixelValues: Value): Value {
  return blipVisionModel(p.at('vision'), config.vision, pixelValues);
}

export interface ImageRewardOutput {
  /** The text's first token: (B, D) */
  readonly textCls: Value;
  /** Not standardised: (B) */
  readonly reward: Value;
}

/** Rewards of prompts with pictures, row by row: int64 (B, L) twice, (B, 1 + patches, D). Tensors under `text` and `mlp`. */
export function imageReward(
  p: Params,
  config: ImageRewardConfig,
  inputs: Parameters<typeof blipTextModel>[2],
): ImageRewardOutput {
  const hidden = blipTextModel(p.at('text'), config.text, inputs);
  const batch = dim(hidden, 0);
  const textCls = reshape(slice(hidden, [1], [0], [1]), [batch, config.text.hidden_size]);
  const reward = config.mlp.slice(1).reduce((x, width, i) => linear(p.at(`mlp.${i}`), x, width), textCls); // (B, 1)
  return { textCls, reward: reshape(reward, [batch]) };
}
