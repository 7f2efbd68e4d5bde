import type { ClipTowers } from './open-emoji-clip.js';

/** How a scorer finds prompts by pictures, and pictures by prompts. */
export interface Retrieval {
  readonly pictures: number;
  /** Prompts to choose from. */
  readonly prompts: number;
  /** Pictures whose own prompt is the first, or among the first five, of all prompts. */
  readonly promptFirst: number;
  readonly promptInFive: number;
  /** Pictures that their prompt puts first among one picture for each of the prompts asked. */
  readonly pictureFirst: number;
  /** The share of all (picture, wrong prompt) in which the right prompt's score is higher. */
  readonly rightOverWrong: number;
}

/**
 * Measures retrieval over pictures of distinct prompts.
 * @param prompts all that may be chosen, which include those of the pictures
 */
export async function measureRetrieval(
  towers: Pick<ClipTowers, 'embedPrompts' | 'embedPictures'>,
  pictures: readonly { readonly name: string; readonly image: Float32Array }[],
  prompts: readonly string[],
): Promise<Retrieval> {
  const texts = await towers.embedPrompts(prompts);
  const images = await towers.embedPictures(pictures.map(({ image }) => image));
  const scores = images.map((image) => texts.map((text) => dot(image, text)));
  const rightOf = pictures.map(({ name }) => prompts.indexOf(name));
  const above = scores.map((row, i) => row.filter((score) => score > (row[rightOf[i] as number] as number)).length);
  const pictureFirst = pictures.filter((_, i) => {
    const right = rightOf[i] as number;
    const own = scores[i]?.[right] as number;
    return scores.every((row, j) => j === i || (row[right] as number) < own);
  }).length;
  const wrong = pictures.length * (prompts.length - 1);
  return {
    pictures: pictures.length,
    prompts: prompts.length,
    promptFirst: above.filter((count) => count === 0).length,
    promptInFive: above.filter((count) => count < 5).length,
    pictureFirst,
    rightOverWrong: 1 - above.reduce((a, b) => a + b, 0) / wrong,
  };
}

const dot = (a: Float32Array, b: Float32Array): number =>
  a.reduce((sum, value, i) => sum + value * (b[i] as number), 0);
