import { binomialBlur } from './binomial-blur.js';
import { imageSize } from './render.js';

/** Pictures made ready for comparison by `indexPictures`. */
export type PictureIndex = readonly { readonly name: string; readonly blurred: Float32Array }[];

export interface Neighbour {
  readonly name: string;
  /** Root mean square difference of the blurred pictures, in the pixels' own units: [−1, 1]. */
  readonly distance: number;
}

/** Four passes: a Gaussian of √2 pixels, so that an outline drawn a pixel aside still counts as near. */
const blur = (image: Float32Array): Float32Array => binomialBlur(image, imageSize, 4);

export function indexPictures(
  pictures: readonly { readonly name: string; readonly image: Float32Array }[],
): PictureIndex {
  return pictures.map(({ name, image }) => ({ name, blurred: blur(image) }));
}

/**
 * The k pictures nearest to an image (3, 64, 64) in [−1, 1], nearest first: by the pixels' root mean square difference,
 * all three channels alike, both sides blurred by a Gaussian of √2 pixels. It knows nothing of meaning.
 */
export function nearestPictures(image: Float32Array, index: PictureIndex, k: number): Neighbour[] {
  const query = blur(image);
  return index
    .map(({ name, blurred }) => ({ name, distance: rootMeanSquareDifference(query, blurred) }))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, k);
}

function rootMeanSquareDifference(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) throw new Error(`pictures of ${a.length} and ${b.length} numbers cannot be compared.`);
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += ((a[i] as number) - (b[i] as number)) ** 2;
  return Math.sqrt(sum / a.length);
}

/**
 * Of sampled pictures, the prompts that are recognised: a real picture of that very name, by any designer, is among the
 * k nearest of all pictures of the index.
 */
export function recognisedPrompts(
  samples: readonly { readonly prompt: string; readonly image: Float32Array }[],
  index: PictureIndex,
  k = 5,
): { count: number; total: number; recognised: string[] } {
  const known = new Set(index.map(({ name }) => name));
  const stranger = samples.find(({ prompt }) => !known.has(prompt));
  if (stranger)
    throw new Error(`"${stranger.prompt}" is the name of no picture here. Sample names of the model's list.`);
  const recognised = samples
    .filter(({ prompt, image }) => nearestPictures(image, index, k).some(({ name }) => name === prompt))
    .map(({ prompt }) => prompt);
  return { count: recognised.length, total: samples.length, recognised };
}
