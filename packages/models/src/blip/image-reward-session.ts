import { graph, input } from '@bradley/graph';
import { type BatchOptions, batchedSession } from '../nn/batched-session.js';
import { checkpointStore } from '../nn/checkpoint-store.js';
import { paramsOf } from '../nn/params.js';
import type { Part } from '../stable-diffusion/diffusion-model.js';
import { type ImageRewardConfig, imageReward, imageRewardStates } from './image-reward.js';

/** A prompt's tokens, textLength each, and what `encodeImages` made of a picture. */
export interface ImageRewardPair {
  readonly inputIds: readonly number[];
  /** 1 for a token, 0 for padding. */
  readonly attentionMask: readonly number[];
  readonly states: Float32Array;
}

export interface ImageRewardSession {
  readonly textLength: number;
  /** Pictures as the model's preprocessor makes them, (3, size, size) each → their states, (1 + patches, D) each: 0.8 MB of a large BLIP */
  encodeImages(pixelValues: readonly Float32Array[]): Promise<Float32Array[]>;
  /** What the head gives, not standardised (`imageRewardScale`): one number a pair. */
  rewards(pairs: readonly ImageRewardPair[]): Promise<Float64Array>;
  release(): Promise<void>;
}

export interface ImageRewardSessionOptions extends BatchOptions {
  /** Tokens of a prompt. Default 35, as ImageReward cuts and pads them. */
  readonly textLength?: number;
}

/** The networks of ImageReward: a picture is encoded once however many prompts it is held against. */
export function openImageReward(
  { config, tensors, path }: Part<ImageRewardConfig>,
  { textLength = 35, ...options }: ImageRewardSessionOptions = {},
): ImageRewardSession {
  const p = paramsOf(checkpointStore(tensors, path));
  const { image_size: size, patch_size: patch, hidden_size: width } = config.vision;
  const tokens = 1 + Math.floor(size / patch) ** 2;
  const images = batchedSession(
    (batch) => graph({ states: imageRewardStates(p, config, input('pixelValues', [batch, 3, size, size])) }),
    options,
  );
  const texts = batchedSession((batch) => {
    const inputs = {
      inputIds: input('inputIds', [batch, textLength], 'int64'),
      attentionMask: input('attentionMask', [batch, textLength], 'int64'),
      imageEmbeds: input('states', [batch, tokens, width]),
    };
    return graph({ reward: imageReward(p, config, inputs).reward });
  }, options);
  return {
    textLength,
    encodeImages: (pixelValues) => images.run(pixelValues.map((pixels) => ({ pixelValues: pixels }))),
    async rewards(pairs) {
      const rows = pairs.map(({ inputIds, attentionMask, states }) => ({
        inputIds: BigInt64Array.from(inputIds, BigInt),
        attentionMask: BigInt64Array.from(attentionMask, BigInt),
        states,
      }));
      return Float64Array.from(await texts.run(rows), ([reward]) => reward as number);
    },
    async release() {
      await images.release();
      await texts.release();
    },
  };
}
