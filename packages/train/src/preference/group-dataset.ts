import type { PictureSize } from '@bradley/formats';
import { type DiffusionModel, type PromptConditions, scaleLatents } from '@bradley/models';
import type { TrainingGroup } from '@bradley/preferences';
import { normal, type RandomKey } from '@bradley/runtime';
import { cacheKey } from './content-cache.js';

/** What something was made from: by its own content alone, and with what encoded it, as the cache knows it. */
export interface Origin {
  readonly content: string;
  readonly key: string;
}

/** A picture that was encoded. Its posterior is on disk: see `GroupDataset.readImage`. */
export interface EncodedImage extends Origin {
  /** Original height and width, crop top and left. */
  readonly geometry: readonly number[];
}

/** What the VAE says of a picture, (C, h, w) each. */
export interface ImagePosterior {
  readonly mean: Float32Array;
  readonly logvar: Float32Array;
}

/** A prompt that was encoded. What the text encoders gave is on disk: see `GroupDataset.readPrompt`. */
export type EncodedPrompt = Pick<Origin, 'key'>;

/** A pair, or a ranking of k. */
export interface EncodedGroup extends Pick<TrainingGroup, 'id' | 'prompt' | 'phi'> {
  /** Best first. */
  readonly images: readonly EncodedImage[];
  readonly conditions: EncodedPrompt;
  /** Which of the dataset's shapes it has. */
  readonly shape: number;
}

/** What a step is compiled for: the size that pictures were brought to, in pixels, what became of it, and how many there are of a prompt. */
export interface GroupShape extends PictureSize {
  /** Candidates of a group: 2 of pairs. */
  readonly sides: number;
  /** (C, h, w) */
  readonly latent: readonly [number, number, number];
}

/** What a step's graph depends on. */
export interface GroupShapes {
  readonly groups: readonly EncodedGroup[];
  /** One for pairs without buckets; else those that groups fell into. */
  readonly shapes: readonly GroupShape[];
  readonly conditions: Readonly<Record<string, readonly number[]>>;
}

/**
 * Groups with their pictures and prompts encoded: VAE and text encoders are closed, and what they gave is on disk. In memory is what is
 * small. The arrays that reading gives are shared: nobody may write into them.
 */
export interface GroupDataset extends GroupShapes {
  /** What the empty prompt is encoded to: caption dropout swaps it in. */
  readonly empty: EncodedPrompt;
  readImage(image: EncodedImage): Promise<ImagePosterior>;
  readPrompt(prompt: EncodedPrompt): Promise<PromptConditions>;
}

/** One draw from an image's posterior, scaled as the UNet takes it. */
export function drawLatent(
  { mean, logvar }: ImagePosterior,
  folder: DiffusionModel,
  key: Omit<RandomKey, 'stream'> & { readonly stream?: string },
): Float32Array {
  const noise = normal({ stream: 'posterior', ...key }, mean.length);
  return scaleLatents(
    mean.map((m, i) => m + Math.exp(0.5 * (logvar[i] as number)) * (noise[i] as number)),
    folder.vae.config,
  );
}

/** Names a group by its pictures and its prompt, wherever they lie and whoever compared them. */
export function contentOf({ images, prompt }: EncodedGroup): string {
  return cacheKey(...images.map(({ content }) => content), prompt);
}

/** How beautiful the refiner of SDXL is told that a picture is: what diffusers and the authors of Diffusion-DPO tell it. */
const aestheticScore = 6;

/** SDXL's time ids of a group: the best picture's size and crop, and the size it is trained at; of the refiner, the score. */
export function timeIds({ images, shape }: EncodedGroup, { shapes, conditions }: GroupShapes): Float32Array {
  const { height, width } = shapes[shape] as GroupShape;
  const last = conditions.timeIds?.[0] === 5 ? [aestheticScore] : [height, width];
  return Float32Array.of(...(images[0]?.geometry ?? []), ...last);
}

/** Numbers of one latent. */
export const latentElements = ({ latent }: GroupShape): number => latent.reduce((a, b) => a * b, 1);
