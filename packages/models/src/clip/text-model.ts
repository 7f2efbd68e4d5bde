import { add, block, cast, constant, dim, equal, max, mul, sum, unsqueeze, type Value } from '@bradley/graph';
import { z } from 'zod';
import { embedding, layerNorm, linear } from '../nn/layers.js';
import type { Params } from '../nn/params.js';
import { encoderLayer, hiddenActSchema } from './encoder-layer.js';

/** The `config.json` of a transformers CLIPTextModel or CLIPTextModelWithProjection. */
export const clipTextConfigSchema = z.object({
  vocab_size: z.number().int().positive().default(49408),
  hidden_size: z.number().int().positive().default(512),
  intermediate_size: z.number().int().positive().default(2048),
  num_hidden_layers: z.number().int().positive().default(12),
  num_attention_heads: z.number().int().positive().default(8),
  max_position_embeddings: z.number().int().positive().default(77),
  hidden_act: hiddenActSchema.default('quick_gelu'),
  layer_norm_eps: z.number().positive().default(1e-5),
  projection_dim: z.number().int().positive().default(512),
  bos_token_id: z.number().int().nullish(),
  eos_token_id: z.number().int().default(49407),
  pad_token_id: z.number().int().nullish(),
});

export type ClipTextConfig = z.infer<typeof clipTextConfigSchema>;

export interface ClipTextOutput {
  /** After the final layer norm: (B, L, D). What SD 1.x and 2.x condition on. */
  readonly lastHiddenState: Value;
  /** hidden_states[−2], without the final layer norm: (B, L, D). What SDXL conditions on. */
  readonly penultimate: Value;
  /** The last hidden state at the end-of-text token: (B, D) */
  readonly pooled: Value;
}

/** CLIPTextModel of transformers: inputIds int64 (B, L) with causal attention. */
export function clipTextModel(p: Params, config: ClipTextConfig, inputIds: Value): ClipTextOutput {
  const { hidden_size: width, layer_norm_eps: eps } = config;
  const at = p.at('text_model');
  const length = dim(inputIds, 1);
  if (length > config.max_position_embeddings)
    throw new RangeError(
      `${length} tokens, but this text encoder has ${config.max_position_embeddings} positions: truncate the prompt`,
    );
  const embeddings = at.at('embeddings');
  const positions = constant([...Array(length).keys()], [length], 'int64');
  let h = add(
    embedding(embeddings.at('token_embedding'), inputIds, config.vocab_size, width, 0.02),
    embedding(embeddings.at('position_embedding'), positions, config.max_position_embeddings, width, 0.02),
  );
  let penultimate = h;
  for (let i = 0; i < config.num_hidden_layers; i++) {
    penultimate = h;
    h = block(() => encoderLayer(at.at(`encoder.layers.${i}`), penultimate, config, { causal: true }));
  }
  const lastHiddenState = layerNorm(at.at('final_layer_norm'), h, eps);
  const pooled = sum(mul(lastHiddenState, unsqueeze(endOfText(inputIds, config.eos_token_id), [2])), [1]);
  return { lastHiddenState, penultimate, pooled };
}

/** CLIPTextModelWithProjection: the pooled state projected without bias, (B, projection_dim). */
export function textProjection(p: Params, config: ClipTextConfig, pooled: Value): Value {
  return linear(p.at('text_projection'), pooled, config.projection_dim, { bias: false });
}

/**
 * (B, L): one at the end of the text, else zero. As transformers: with the legacy eos_token_id 2 of SD's configs the end is
 * the first place of the largest id, otherwise the first place of eos_token_id.
 */
function endOfText(inputIds: Value, eosTokenId: number): Value {
  const length = dim(inputIds, 1);
  const wanted = eosTokenId === 2 ? max(inputIds, [1], { keepdims: true }) : constant(eosTokenId, [], 'int64');
  const earlierIsMore = constant(Float32Array.from({ length }, (_, i) => (length - i) / (length + 1)));
  const score = add(cast(equal(inputIds, wanted), 'float32'), earlierIsMore);
  return cast(equal(score, max(score, [1], { keepdims: true })), 'float32');
}
