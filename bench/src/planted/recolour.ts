import type { PlantedPair } from './comparisons.js';
import { hues, type Pixels, type Wish, wishes } from './world.js';

/**
 * The same comparison in every other hue whose prompt is one of `learnt`, after the one that was made: both pictures and the hue word
 * turned by as many twelfths of the wheel. What the rater said stays, right or wrong.
 */
export function recoloured(pair: PlantedPair, learnt: ReadonlySet<string>): PlantedPair[] {
  const { wish, pictures } = pair;
  return hues.flatMap((_, twelfths) => {
    const turned = turnedWish(wish, twelfths);
    if (!learnt.has(turned.prompt)) return [];
    const [a, b] = pictures;
    return [{ ...pair, wish: turned, pictures: [turnedHue(a, twelfths), turnedHue(b, twelfths)] as const }];
  });
}

/** The prompt of the same size and shape whose hue word is so many further. */
export function turnedWish({ hue, area, shape }: Wish, twelfths: number): Wish {
  const word = (Math.round((hue / (2 * Math.PI)) * hues.length) + twelfths) % hues.length;
  const angle = (2 * Math.PI * word) / hues.length;
  return wishes.find((other) => other.area === area && other.shape === shape && other.hue === angle) as Wish;
}

/**
 * Every pixel's hue turned about the axis of greys by twelfths of the wheel, which keeps its chroma (`utility`'s α and β turn as one
 * vector); then moved along that axis into the cube of colours, which changes neither. Only a colour too strong for its new hue loses
 * chroma: what is 1 at red is at most 0.87 at orange.
 */
export function turnedHue(pixels: Pixels, twelfths: number): Pixels {
  if (twelfths === 0) return pixels;
  const angle = (2 * Math.PI * twelfths) / hues.length;
  // Rodrigues' rotation about (1, 1, 1) / √3: a circulant matrix, whose rows sum to 1.
  const [own, next, last] = [0, 1, 2].map((k) => (1 + 2 * Math.cos(angle + (2 * Math.PI * k) / 3)) / 3) as [
    number,
    number,
    number,
  ];
  const turned = new Uint8Array(pixels.length);
  for (let i = 0; i < pixels.length; i += 3) {
    const [r, g, b] = [pixels[i] as number, pixels[i + 1] as number, pixels[i + 2] as number];
    const colour = [own * r + next * g + last * b, last * r + own * g + next * b, next * r + last * g + own * b];
    const [least, most] = [Math.min(...colour), Math.max(...colour)];
    const fade = Math.min(1, 255 / (most - least));
    const floor = Math.min(Math.max(least, 0), 255 - fade * (most - least));
    for (let c = 0; c < 3; c++) turned[i + c] = Math.round(floor + fade * ((colour[c] as number) - least));
  }
  return turned;
}
