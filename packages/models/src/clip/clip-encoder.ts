import { graph, input } from '@bradley/graph';
import { type BatchOptions, batchedSession } from '../nn/batched-session.js';
import { checkpointStore, readStoredTensor, storedTensor } from '../nn/checkpoint-store.js';
import { paramsOf } from '../nn/params.js';
import type { Part } from '../stable-diffusion/diffusion-model.js';
import { type ClipConfig, clipImageEmbeds, clipTextEmbeds } from './clip-model.js';

export interface ClipEncoder {
  /** Numbers of an embedding. */
  readonly width: number;
  /** Tokens of a text: pad and cut to this. */
  readonly textLength: number;
  /** What a similarity is multiplied by to be the model's score: exp(logit_scale). */
  readonly logitScale: number;
  /** Pictures as the model's preprocessor makes them, (channels, size, size) each → L2-normalised embeddings, (width) each */
  encodeImages(pixelValues: readonly Float32Array[]): Promise<Float32Array[]>;
  /** Token ids, textLength each → L2-normalised embeddings, (width) each */
  encodeTexts(inputIds: readonly (readonly number[])[]): Promise<Float32Array[]>;
  release(): Promise<void>;
}

export interface ClipEncoderOptions extends BatchOptions {
  /** Tokens of a text. Default: as many as the model has positions. */
  readonly textLength?: number;
}

/**
 * The two towers of a CLIP model, each with sessions of its own: a picture is encoded once however many prompts it is held against, and a
 * prompt once. A tower that is not used is not loaded.
 */
export async function openClipEncoder(
  { config, tensors, path }: Part<ClipConfig>,
  { textLength = config.text_config.max_position_embeddings, ...options }: ClipEncoderOptions = {},
): Promise<ClipEncoder> {
  const p = paramsOf(checkpointStore(tensors, path));
  const { num_channels: channels, image_size: size } = config.vision_config;
  const images = batchedSession(
    (batch) => graph({ imageEmbeds: clipImageEmbeds(p, config, input('pixelValues', [batch, channels, size, size])) }),
    options,
  );
  const texts = batchedSession(
    (batch) => graph({ textEmbeds: clipTextEmbeds(p, config, input('inputIds', [batch, textLength], 'int64')) }),
    options,
  );
  const [logScale] = await readStoredTensor(storedTensor(tensors, 'logit_scale', [], path));
  return {
    width: config.projection_dim,
    textLength,
    logitScale: Math.exp(logScale as number),
    encodeImages: (pixelValues) => images.run(pixelValues.map((pixels) => ({ pixelValues: pixels }))),
    encodeTexts: (inputIds) => texts.run(inputIds.map((ids) => ({ inputIds: BigInt64Array.from(ids, BigInt) }))),
    async release() {
      await images.release();
      await texts.release();
    },
  };
}
