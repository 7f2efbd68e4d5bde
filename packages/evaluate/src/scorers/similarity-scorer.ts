import { createHash } from 'node:crypto';
import { pixelValues } from '@bradley/formats';
import { type ClipEncoder, openClipEncoder } from '@bradley/models';
import type { ClipFiles } from './clip-files.js';
import type { Scorable, Scorer } from './scorer.js';
import type { ScorerOptions } from './scorer-kind.js';

export interface SimilarityScorer {
  readonly name: string;
  /** To be raised with every change that changes a score. */
  readonly version: number;
  /** Of the cosine of prompt and picture, and exp(logit_scale) of the model. */
  readonly value: (cosine: number, logitScale: number) => number;
}

/** Texts whose embeddings are kept: 40 MB at a width of 1024. */
const rememberedTexts = 10_000;
const defaultBatch = 8;

/** A scorer that is the similarity of a prompt and a picture in a CLIP model. The model is loaded with the first picture. */
export async function similarityScorer(
  { name, version, value }: SimilarityScorer,
  { part, tokenizer, pictures, fingerprint }: ClipFiles,
  { device, threads, batch = defaultBatch, onProgress }: ScorerOptions,
): Promise<Scorer> {
  const encoder: ClipEncoder = await openClipEncoder(part, {
    batch,
    ...(device === undefined ? {} : { device }),
    ...(threads === undefined ? {} : { threads }),
  });
  const texts = new Map<string, Float32Array>();
  const idsOf = (prompt: string): readonly number[] =>
    tokenizer.encode(prompt, { maxLength: encoder.textLength, padding: 'max', truncation: true }).ids;
  const remember = async (items: readonly Scorable[]): Promise<void> => {
    if (texts.size > rememberedTexts) texts.clear();
    const fresh = [...new Set(items.map(({ prompt }) => prompt))].filter((prompt) => !texts.has(prompt));
    const embeddings = await encoder.encodeTexts(fresh.map(idsOf));
    for (const [i, prompt] of fresh.entries()) texts.set(prompt, embeddings[i] as Float32Array);
  };
  return {
    name,
    identity: identityOf([name, version, fingerprint, part.config, pictures]),
    weights: fingerprint,
    readsPrompt: true,
    learntFrom: null,
    async score(items) {
      await remember(items);
      const scores = new Float64Array(items.length);
      for (let start = 0; start < items.length; start += batch) {
        const these = items.slice(start, start + batch);
        const images = await encoder.encodeImages(these.map(({ image }) => pixelValues(image, pictures)));
        for (const [i, image] of images.entries()) {
          const text = texts.get((these[i] as Scorable).prompt) as Float32Array;
          scores[start + i] = value(dot(text, image), encoder.logitScale);
        }
        onProgress?.(start + these.length, items.length);
      }
      return scores;
    },
    embed: (items) => encoder.encodeImages(items.map(({ image }) => pixelValues(image, pictures))),
    release: () => encoder.release(),
  };
}

export const identityOf = (parts: readonly unknown[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex');

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}
