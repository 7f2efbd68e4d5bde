import type { RgbImage } from '@bradley/formats';
import type { Comparison } from '@bradley/preferences';
import { measureLook } from 'bradley';
import type { StylePair } from './data-sets.js';

/**
 * Two styles to prefer, after MaPO's Pick-Style: the drawing in the style is chosen, the plain one rejected, the caption says nothing of
 * it. `warm` is near to what the base model draws: its own drawing, redrawn towards orange. `night` is far from it: the drawing with
 * black and white exchanged, on black paper, which it never draws.
 */
export const styles = {
  warm: (image: RgbImage): number => measureLook(image).warm,
  night: (image: RgbImage): number => -meanLuma(image),
} as const;
export type Style = keyof typeof styles;

/** Black paper instead of white: the luma turned round, the colour differences kept. */
export function night({ width, height, data }: RgbImage): RgbImage {
  const turned = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i += 3) {
    const [r, g, b] = [data[i] as number, data[i + 1] as number, data[i + 2] as number];
    const shift = 255 - 2 * (0.299 * r + 0.587 * g + 0.114 * b);
    for (const [c, value] of [r, g, b].entries()) turned[i + c] = Math.round(Math.min(Math.max(value + shift, 0), 255));
  }
  return { width, height, data: turned };
}

function meanLuma({ data }: RgbImage): number {
  let sum = 0;
  for (let i = 0; i < data.length; i += 3)
    sum += 0.299 * (data[i] as number) + 0.587 * (data[i + 1] as number) + 0.114 * (data[i + 2] as number);
  return sum / (data.length / 3);
}

export function styleRecords(pairs: readonly StylePair[]): Comparison[] {
  return pairs.map(({ prompt, seed, styled, plain }) => ({
    id: `${prompt}-${seed}`,
    prompt,
    candidates: [
      { media: styled, model: 'emoji', seed },
      { media: plain, model: 'emoji', seed },
    ],
    outcome: { kind: 'winner', index: 0 },
    question: 'overall',
    rater: 'by construction',
  }));
}
