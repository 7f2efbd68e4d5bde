import { encodeJpeg } from '@bradley/formats';
import { ruleScorer } from './picture-rule.js';
import type { ScorerKind } from './scorer-kind.js';

/**
 * The two rewards of DDPO that need no model. Black et al. 2023, arXiv:2305.13301, §5.2; `rewards.py` of kvablack/ddpo-pytorch:
 *   incompressibility = bytes of the picture as a JPEG of quality 95 / 1000,   compressibility = −incompressibility
 * in thousands of bytes (kB, not KiB). The JPEG is the one that Pillow saves, to the byte, so the numbers are the same. They grow
 * with the picture: compare pictures of one size.
 */
export const jpegIncompressibility: ScorerKind = {
  summary: 'kilobytes of the picture as a JPEG of quality 95, as in DDPO',
  argument: null,
  open: async () => ruleScorer({ name: 'jpeg-incompressibility', version: 1, rate: kilobytes }),
};

export const jpegCompressibility: ScorerKind = {
  summary: 'minus the kilobytes of the picture as a JPEG of quality 95, as in DDPO',
  argument: null,
  open: async () =>
    ruleScorer({ name: 'jpeg-compressibility', version: 1, rate: async (image) => -(await kilobytes(image)) }),
};

const kilobytes = async (image: Parameters<typeof encodeJpeg>[0]): Promise<number> =>
  (await encodeJpeg(image, 95)).length / 1000;
