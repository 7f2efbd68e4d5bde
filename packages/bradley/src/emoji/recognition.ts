import { type DiffusionModel, openImageSampler } from '@bradley/models';
import type { SessionOptions } from '@bradley/runtime';
import { readEmojiNames } from './names.js';
import { indexPictures, recognisedPrompts } from './nearest.js';
import { readEmojiPictures } from './pictures.js';

export interface RecognitionOptions extends SessionOptions {
  /** Names to sample: the first in the alphabet of those in split `train`. Default 100. */
  readonly prompts?: number;
  /** One picture a name, all from this seed. */
  readonly seed?: number;
  readonly steps?: number;
  readonly guidance?: number;
}

/**
 * The figure of the model card: how many of a model's training prompts are recognised in what it samples for them, that
 * is, are found among the five nearest of all 966 real pictures. Chance is about 5 · 3 / 966.
 */
export async function measureRecognition(
  folder: DiffusionModel,
  { prompts = 100, seed = 0, steps = 16, guidance = 3, ...options }: RecognitionOptions = {},
): Promise<ReturnType<typeof recognisedPrompts>> {
  const names = (await readEmojiNames()).filter(({ split }) => split === 'train').slice(0, prompts);
  const sampler = await openImageSampler(folder, { batch: 10, ...options });
  const images = await sampler.sample({
    prompts: names.map(({ name }) => name),
    seeds: names.map(() => seed),
    steps,
    guidance,
  });
  await sampler.release();
  const samples = images.map(({ data }, i) => ({ prompt: names[i]?.name ?? '', image: data }));
  return recognisedPrompts(samples, indexPictures(await readEmojiPictures()));
}
