import { div, type Graph, graph, input, sub } from '@bradley/graph';
import { checkpointStore } from '../nn/checkpoint-store.js';
import { paramsOf } from '../nn/params.js';
import type { Part } from '../stable-diffusion/diffusion-model.js';
import { type ImageRewardConfig, imageReward, imageRewardScale, imageRewardStates } from './image-reward.js';

export interface ImageRewardGraphOptions {
  /** Pairs of a picture and a prompt that are scored together. Default 1. */
  readonly batch?: number;
  /** Tokens of a prompt. Default 35. */
  readonly textLength?: number;
}

/**
 * ImageReward as one graph, to be written as ONNX: pixel_values (batch, 3, size, size), input_ids and attention_mask (batch, textLength)
 * → score (batch), standardised as ImageReward.score is.
 */
export function imageRewardGraph(
  { config, tensors, path }: Part<ImageRewardConfig>,
  { batch = 1, textLength = 35 }: ImageRewardGraphOptions = {},
): Graph {
  const { image_size: size } = config.vision;
  const p = paramsOf(checkpointStore(tensors, path));
  const imageEmbeds = imageRewardStates(p, config, input('pixel_values', [batch, 3, size, size]));
  const inputIds = input('input_ids', [batch, textLength], 'int64');
  const attentionMask = input('attention_mask', [batch, textLength], 'int64');
  const { reward } = imageReward(p, config, { inputIds, attentionMask, imageEmbeds });
  return graph({ score: div(sub(reward, imageRewardScale.mean), imageRewardScale.deviation) });
}
