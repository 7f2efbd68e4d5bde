import { type Graph, graph, input, mul, sum } from '@bradley/graph';
import { type ClipConfig, checkpointStore, clipModel, type Part, paramsOf } from '@bradley/models';
import type { GraphOptions } from './scorer-kind.js';

/**
 * A similarity as one graph, to be written as ONNX: pixel_values (batch, 3, size, size) and input_ids int64 (batch, positions)
 * → score (batch), factor · ⟨text, picture⟩ row by row.
 */
export function clipScorerGraph(
  { config, tensors, path }: Part<ClipConfig>,
  factor: number | 'logitScale',
  { graphBatch = 1 }: GraphOptions = {},
): Graph {
  const { num_channels: channels, image_size: size } = config.vision_config;
  const pixels = input('pixel_values', [graphBatch, channels, size, size]);
  const ids = input('input_ids', [graphBatch, config.text_config.max_position_embeddings], 'int64');
  const { textEmbeds, imageEmbeds, logitScale } = clipModel(
    paramsOf(checkpointStore(tensors, path)),
    config,
    ids,
    pixels,
  );
  return graph({ score: mul(sum(mul(textEmbeds, imageEmbeds), [1]), factor === 'logitScale' ? logitScale : factor) });
}
