import type { RgbImage } from '@bradley/formats';
import { ruleScorer } from './picture-rule.js';
import type { ScorerKind } from './scorer-kind.js';

export const symmetry: ScorerKind = {
  summary: 'how alike the left and right halves are: 1 is a mirror image, 0 black against white',
  argument: null,
  open: async () => ruleScorer({ name: 'symmetry', version: 1, rate: mirrorSymmetry }),
};

/**
 * 1 − mean |I(x, y, c) − I(W − 1 − x, y, c)| / 255 over all pixels and channels of the 8-bit picture, in [0, 1]. A rule of our own:
 * a flat picture has 1 too.
 */
export function mirrorSymmetry({ width, height, data }: RgbImage): number {
  let difference = 0; // a whole number: exact
  for (let y = 0; y < height; y++) {
    for (let left = 3 * y * width, right = left + 3 * (width - 1); left < right; left += 3, right -= 3)
      for (let channel = 0; channel < 3; channel++)
        difference += Math.abs((data[left + channel] as number) - (data[right + channel] as number));
  }
  return 1 - (2 * difference) / (255 * 3 * width * height);
}
