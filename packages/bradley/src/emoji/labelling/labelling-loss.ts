import { add, cast, concat, greater, input, logSigmoid, mean, mul, neg, slice, sub, sum } from '@bradley/graph';
import {
  type ClipConfig,
  clipImageEmbeds,
  clipLogitScale,
  clipTextEmbeds,
  linear,
  paramsOf,
  trainableStore,
} from '@bradley/models';
import type { LossGraph } from '@bradley/train';
import { categoryLoss } from '../category-loss.js';
import { categories } from '../names.js';

/** Tensors under this are for training alone, and are not written. */
export const kindHead = 'kind_head';

/** So small, a head can only be sure where the category makes up most of an embedding. */
const headGain = 4;

export interface LabellingShapes {
  readonly pairs: number;
  /** Names of a batch whose category is taught. */
  readonly names: number;
}

/**
 * A CLIP's similarities as rewards: Bradley–Terry on B pairs, ℒ = −mean log σ(score(chosen) − score(rejected)), as PickScore
 * (arXiv:2305.01569), and the cross-entropy of the categories of names, of the text tower alone: prompts of a kind come to lie together, so
 * that what is learnt of some holds for all of them.
 * Feeds: `images` (2B, 3, H, W), the chosen first; `inputIds` int64 (B, L); `nameIds` int64 (names, L) and `kinds` (names, 5) one-hot.
 */
export function labellingLoss(config: ClipConfig, { pairs, names }: LabellingShapes, kindWeight: number): LossGraph {
  const store = trainableStore();
  const p = paramsOf(store);
  const { image_size: size } = config.vision_config;
  const { max_position_embeddings: length } = config.text_config;
  const ids = concat([input('inputIds', [pairs, length], 'int64'), input('nameIds', [names, length], 'int64')], 0);
  const texts = clipTextEmbeds(p, config, ids);
  const prompts = slice(texts, [0], [0], [pairs]);
  const images = clipImageEmbeds(p, config, input('images', [2 * pairs, 3, size, size]));
  const chosen = slice(images, [0], [0], [pairs]);
  const rejected = slice(images, [0], [pairs], [2 * pairs]);
  const margins = mul(clipLogitScale(p, config), sum(mul(prompts, sub(chosen, rejected)), [1])); // (B)
  const preference = neg(mean(logSigmoid(margins)));

  const named = mul(slice(texts, [0], [pairs], [pairs + names]), headGain);
  const logits = linear(p.at(kindHead), named, categories.length);
  const kind = categoryLoss(logits, input('kinds', [names, categories.length]));
  return {
    loss: add(preference, mul(kindWeight, kind)),
    metrics: { preference, kind, accuracy: mean(cast(greater(margins, 0), 'float32')) },
    trainables: store.trainables,
  };
}
