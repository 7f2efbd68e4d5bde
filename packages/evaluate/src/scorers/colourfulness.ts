import type { RgbImage } from '@bradley/formats';
import { ruleScorer } from './picture-rule.js';
import type { ScorerKind } from './scorer-kind.js';

export const colourfulness: ScorerKind = {
  summary: 'how colourful the picture is, by Hasler and Süsstrunk: 0 is grey, above 82 is extremely colourful',
  argument: null,
  open: async () => ruleScorer({ name: 'colourfulness', version: 1, rate: colourfulnessOf }),
};

/**
 * Hasler & Süsstrunk 2003, "Measuring colourfulness in natural images", eq. for M̂⁽³⁾, over 8-bit sRGB:
 *   rg = R − G,  yb = (R + G)/2 − B,  M = √(σ²_rg + σ²_yb) + 0.3 · √(μ²_rg + μ²_yb)
 * with the variance of the whole picture (divided by its pixels).
 */
export function colourfulnessOf({ width, height, data }: RgbImage): number {
  const pixels = width * height;
  // Sums of whole numbers, of yb doubled: no rounding that could make a flat picture colourful.
  let sumRg = 0;
  let sumYb = 0;
  let squaresRg = 0;
  let squaresYb = 0;
  for (let i = 0; i < 3 * pixels; i += 3) {
    const red = data[i] as number;
    const green = data[i + 1] as number;
    const rg = red - green;
    const yb = red + green - 2 * (data[i + 2] as number);
    sumRg += rg;
    sumYb += yb;
    squaresRg += rg * rg;
    squaresYb += yb * yb;
  }
  const variances = pixels * squaresRg - sumRg ** 2 + (pixels * squaresYb - sumYb ** 2) / 4; // times pixels²
  return (Math.sqrt(Math.max(0, variances)) + 0.3 * Math.hypot(sumRg, sumYb / 2)) / pixels;
}
