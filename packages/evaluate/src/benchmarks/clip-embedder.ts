import { pixelValues } from '@bradley/formats';
import { openClipEncoder } from '@bradley/models';
import { openClipFiles } from '../scorers/clip-files.js';
import type { ScorerOptions } from '../scorers/scorer-kind.js';
import type { Embedder } from './colour-classifier.js';

/** The model of GenEval's colours. */
export const genEvalClip = 'openai/clip-vit-large-patch14';

/** A CLIP model for zero-shot classification, pictures prepared as open_clip does. @param name hub name, folder or open_clip file */
export async function openClipEmbedder(
  name: string,
  options: ScorerOptions = {},
): Promise<Embedder & { release(): Promise<void> }> {
  const source = { tokenizer: genEvalClip, pictures: { resize: 'pillow', crop: 'even' } } as const;
  const { part, tokenizer, pictures, fingerprint } = await openClipFiles(name, source, options);
  const encoder = await openClipEncoder(part, options.threads === undefined ? {} : { threads: options.threads });
  const length = { maxLength: encoder.textLength, padding: 'max', truncation: true } as const;
  return {
    fingerprint,
    embedTexts: (texts) => encoder.encodeTexts(texts.map((text) => tokenizer.encode(text, length).ids)),
    embedImages: (images) => encoder.encodeImages(images.map((image) => pixelValues(image, pictures))),
    release: () => encoder.release(),
  };
}
