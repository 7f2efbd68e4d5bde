import { div, exp, sqrt, square, sum, type Value } from '@bradley/graph';
import { z } from 'zod';
import { linear } from '../nn/layers.js';
import type { Params } from '../nn/params.js';
import { clipTextConfigSchema, clipTextModel } from './text-model.js';
import { clipVisionConfigSchema, clipVisionModel } from './vision-model.js';

/**
 * The `config.json` of a transformers CLIPModel. What older files call `text_config_dict` and `vision_config_dict` stands, as there,
 * above `text_config` and `vision_config`.
 */
export const clipConfigSchema = z
  .object({
    text_config: clipTextConfigSchema.nullish(),
    vision_config: clipVisionConfigSchema.nullish(),
    text_config_dict: clipTextConfigSchema.nullish(),
    vision_config_dict: clipVisionConfigSchema.nullish(),
    /** Width of the common space. */
    projection_dim: z.number().int().positive().default(512),
    logit_scale_init_value: z.number().default(2.6592),
  })
  .transform(({ text_config, text_config_dict, vision_config, vision_config_dict, ...rest }) => ({
    ...rest,
    text_config: text_config_dict ?? text_config ?? clipTextConfigSchema.parse({}),
    vision_config: vision_config_dict ?? vision_config ?? clipVisionConfigSchema.parse({}),
  }));

export type ClipConfig = z.infer<typeof clipConfigSchema>;

export interface ClipOutput {
  /** L2-normalised: (texts, projection_dim) */
  readonly textEmbeds: Value;
  /** L2-normalised: (pictures, projection_dim) */
  readonly imageEmbeds: Value;
  /** What similarities are multiplied by, the exponential of the checkpoint's `logit_scale`: () */
  readonly logitScale: Value;
}

/**
 * CLIPModel of transformers: inputIds int64 (texts, L), pixelValues (pictures, channels, size, size). The model's score of a picture for
 * a text is logitScale · ⟨text, image⟩.
 */
export function clipModel(p: Params, config: ClipConfig, inputIds: Value, pixelValues: Value): ClipOutput {
  return {
    textEmbeds: clipTextEmbeds(p, config, inputIds),
    imageEmbeds: clipImageEmbeds(p, config, pixelValues),
    logitScale: clipLogitScale(p, config),
  };
}

/** The text tower alone: inputIds int64 (B, L) → (B, projection_dim), L2-normalised. */
export function clipTextEmbeds(p: Params, config: ClipConfig, inputIds: Value): Value {
  const { pooled } = clipTextModel(p, config.text_config, inputIds);
  return l2Normalised(linear(p.at('text_projection'), pooled, config.projection_dim, { bias: false }));
}

/** The vision tower alone: pixelValues (B, channels, size, size) → (B, projection_dim), L2-normalised. */
export function clipImageEmbeds(p: Params, config: ClipConfig, pixelValues: Value): Value {
  const { pooled } = clipVisionModel(p, config.vision_config, pixelValues);
  return l2Normalised(linear(p.at('visual_projection'), pooled, config.projection_dim, { bias: false }));
}

/** exp(logit_scale): () */
export function clipLogitScale(p: Params, { logit_scale_init_value: start }: ClipConfig): Value {
  return exp(p.tensor('logit_scale', [], { kind: 'stored', read: () => Float32Array.of(start) }));
}

/** x / ‖x‖ over the last axis. */
function l2Normalised(x: Value): Value {
  return div(x, sqrt(sum(square(x), [-1], { keepdims: true })));
}
