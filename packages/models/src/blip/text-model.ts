import {
  add,
  attention,
  block,
  cast,
  constant,
  dim,
  gelu,
  matmul,
  mul,
  reshape,
  softmax,
  sub,
  swapLast,
  transpose,
  unsqueeze,
  type Value,
} from '@bradley/graph';
import { z } from 'zod';
import { embedding, layerNorm, linear } from '../nn/layers.js';
import type { Params } from '../nn/params.js';

/** The `config.json` of a transformers BlipTextModel, with its defaults. */
export const blipTextConfigSchema = z.object({
  vocab_size: z.number().int().positive().default(30524),
  hidden_size: z.number().int().positive().default(768),
  /** Width of the picture's states. */
  encoder_hidden_size: z.number().int().positive().default(768),
  intermediate_size: z.number().int().positive().default(3072),
  num_hidden_layers: z.number().int().positive().default(12),
  num_attention_heads: z.number().int().positive().default(8),
  max_position_embeddings: z.number().int().positive().default(512),
  hidden_act: z.literal('gelu').default('gelu'),
  layer_norm_eps: z.number().positive().default(1e-12),
});

export type BlipTextConfig = z.infer<typeof blipTextConfigSchema>;

export interface BlipTextInputs {
  /** int64 (B, L) */
  readonly inputIds: Value;
  /** int64 (B, L): 1 for a token, 0 for padding, which nothing attends to. */
  readonly attentionMask: Value;
  /** (B, S, encoder_hidden_size): what every token attends to besides. */
  readonly imageEmbeds: Value;
}

/** BlipTextModel of transformers as an encoder, each layer with cross-attention to a picture: → last hidden state (B, L, D). */
export function blipTextModel(
  p: Params,
  config: BlipTextConfig,
  { inputIds, attentionMask, imageEmbeds }: BlipTextInputs,
): Value {
  const { hidden_size: width, layer_norm_eps: eps } = config;
  const length = dim(inputIds, 1);
  if (length > config.max_position_embeddings)
    throw new RangeError(
      `${length} tokens, but this text encoder has ${config.max_position_embeddings} positions: truncate the prompt`,
    );
  const embeddings = p.at('embeddings');
  const positions = constant([...Array(length).keys()], [length], 'int64');
  const summed = add(
    embedding(embeddings.at('word_embeddings'), inputIds, config.vocab_size, width, 0.02),
    embedding(embeddings.at('position_embeddings'), positions, config.max_position_embeddings, width, 0.02),
  );
  let h = layerNorm(embeddings.at('LayerNorm'), summed, eps);
  const padding = mul(sub(cast(attentionMask, 'float32'), 1), 3.4028234663852886e38); // 0 or what softmax turns into 0
  for (let i = 0; i < config.num_hidden_layers; i++)
    h = block(() => textLayer(p.at(`encoder.layer.${i}`), h, unsqueeze(padding, [1, 2]), imageEmbeds, config));
  return h;
}

/** BlipTextLayer: post-norm. h (B, L, D), padding (B, 1, 1, L), imageEmbeds (B, S, E) → (B, L, D) */
function textLayer(p: Params, h: Value, padding: Value, imageEmbeds: Value, config: BlipTextConfig): Value {
  const { num_attention_heads: heads, layer_norm_eps: eps, hidden_size: width } = config;
  const projections = (at: Params, keys: Value, queries: Value) => ({
    q: linear(at.at('query'), queries, width),
    k: linear(at.at('key'), keys, width),
    v: linear(at.at('value'), keys, width),
  });
  const output = (at: Params, x: Value, residual: Value): Value =>
    layerNorm(at.at('LayerNorm'), add(linear(at.at('dense'), x, width), residual), eps);

  const own = projections(p.at('attention.self'), h, h);
  const attended = output(p.at('attention.output'), maskedAttention(own.q, own.k, own.v, padding, heads), h);
  const seen = projections(p.at('crossattention.self'), imageEmbeds, attended);
  const looked = output(p.at('crossattention.output'), attention(seen.q, seen.k, seen.v, { heads }), attended);
  const inner = gelu(linear(p.at('intermediate.dense'), looked, config.intermediate_size));
  return output(p.at('output'), inner, looked);
}

/** softmax(q kᵀ/√E + mask) v per head: q, k, v (B, L, N·E), mask (B, 1, 1, L). Texts are short: the scores may be in memory. */
function maskedAttention(q: Value, k: Value, v: Value, mask: Value, heads: number): Value {
  const [batch, length, width] = [dim(q, 0), dim(q, 1), dim(q, 2)];
  const split = (x: Value): Value => transpose(reshape(x, [batch, length, heads, width / heads]), [0, 2, 1, 3]); // (B, N, L, E)
  const scores = mul(matmul(split(q), swapLast(split(k))), (width / heads) ** -0.5);
  const mixed = matmul(softmax(add(scores, mask)), split(v));
  return reshape(transpose(mixed, [0, 2, 1, 3]), [batch, length, width]);
}
