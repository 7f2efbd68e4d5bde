import { add, input, mul } from '@bradley/graph';
import { type ClipConfig, clipModel, linear, paramsOf, trainableStore } from '@bradley/models';
import { clipContrastive } from '@bradley/objectives';
import type { LossGraph } from '@bradley/train';
import { categoryLoss } from '../category-loss.js';
import { categories } from '../names.js';

/** Tensors under this are for training alone, and are not written. */
export const categoryHead = 'category_head';

/** Embeddings have length 1; so large, a head of the common initialisation can be sure. */
const headGain = 10;

/**
 * The loss of the emoji scorer: CLIP's InfoNCE, and, of the text tower alone, the cross-entropy of the name's category, so that names that
 * look unalike but are alike in kind lie together. Feeds: `images` (B, 3, H, W), `inputIds` int64 (B, L), `categories` (B, 5) one-hot.
 */
export function emojiClipLoss(config: ClipConfig, batch: number, categoryWeight: number): LossGraph {
  const store = trainableStore();
  const p = paramsOf(store);
  const { image_size: size, num_channels: channels } = config.vision_config;
  const images = input('images', [batch, channels, size, size]);
  const inputIds = input('inputIds', [batch, config.text_config.max_position_embeddings], 'int64');
  const output = clipModel(p, config, inputIds, images);
  const { loss: contrastive, metrics } = clipContrastive(output);
  const logits = linear(p.at(categoryHead), mul(output.textEmbeds, headGain), categories.length);
  const category = categoryLoss(logits, input('categories', [batch, categories.length]));
  return {
    loss: add(contrastive, mul(categoryWeight, category)),
    metrics: { contrastive, category, ...metrics },
    trainables: store.trainables,
  };
}
