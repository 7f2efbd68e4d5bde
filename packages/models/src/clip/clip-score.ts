import { type Graph, graph, input, mul, sum } from '@bradley/graph';
import { checkpointStore } from '../nn/checkpoint-store.js';
import { paramsOf } from '../nn/params.js';
import type { Part } from '../stable-diffusion/diffusion-model.js';
import { type ClipConfig, clipModel } from './clip-model.js';

export interface ClipScoreOptions {
  /** Pairs of a picture and a text that are scored together. Default 1. */
  readonly batch?: number;
  /** Tokens of a text. Default: as many as the model has positions. */
  readonly textLength?: number;
}

/**
 * A CLIP model as one graph, to be written as ONNX: pixel_values (batch, channels, size, size) and input_ids (batch, textLength) → score
 * (batch), logitScale · ⟨text, image⟩ row by row. This is the number of PickScore and HPS v2.
 */
export function clipScoreGraph(
  { config, tensors, path }: Part<ClipConfig>,
  { batch = 1, textLength = config.text_config.max_position_embeddings }: ClipScoreOptions = {},
): Graph {
  const { num_channels: channels, image_size: size } = config.vision_config;
  const pixels = input('pixel_values', [batch, channels, size, size]);
  const ids = input('input_ids', [batch, textLength], 'int64');
  const p = paramsOf(checkpointStore(tensors, path));
  const { textEmbeds, imageEmbeds, logitScale } = clipModel(p, config, ids, pixels);
  return graph({ score: mul(sum(mul(textEmbeds, imageEmbeds), [1]), logitScale) });
}
