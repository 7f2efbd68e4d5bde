import { fileURLToPath } from 'node:url';
import { loadTokenizer } from '@bradley/formats';
import { clipConfigSchema, openClipEncoder, openPart } from '@bradley/models';
import type { SessionOptions } from '@bradley/runtime';

/** Where the scorer that ships lies. */
export const emojiClipFolder = fileURLToPath(new URL('../../../../../models/emoji-clip/', import.meta.url));

/** Both towers of a CLIP model, held ready. Embeddings have length 1. */
export interface ClipTowers {
  embedPrompts(prompts: readonly string[]): Promise<Float32Array[]>;
  /** Pictures (3, size, size) in [−1, 1]. */
  embedPictures(images: readonly Float32Array[]): Promise<Float32Array[]>;
  release(): Promise<void>;
}

export async function openEmojiClip(folder = emojiClipFolder, options: SessionOptions = {}): Promise<ClipTowers> {
  const encoder = await openClipEncoder(await openPart(folder, clipConfigSchema), options);
  const tokenizer = await loadTokenizer(folder);
  const padded = { maxLength: encoder.textLength, padding: 'max', truncation: true } as const;
  return {
    embedPrompts: (prompts) => encoder.encodeTexts(prompts.map((prompt) => tokenizer.encode(prompt, padded).ids)),
    embedPictures: (images) => encoder.encodeImages(images),
    release: () => encoder.release(),
  };
}
