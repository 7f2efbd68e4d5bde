import { createHash } from 'node:crypto';
import type { RgbImage } from '@bradley/formats';
import type { Scorer } from './scorer.js';

export interface PictureRule {
  readonly name: string;
  /** To be raised with every change that changes a score: kept scores of another version are not used. */
  readonly version: number;
  /** What the rule was opened with, in one spelling for all that mean the same. */
  readonly argument?: string;
  readonly rate: (image: RgbImage) => number | Promise<number>;
}

/** Pictures rated at once: as many as the threads that libuv encodes pictures on. */
const atOnce = 4;

/** A scorer that is a rule about pixels: it learnt from nobody, and reads no prompt. */
export function ruleScorer({ name, version, argument = '', rate }: PictureRule): Scorer {
  return {
    name: argument === '' ? name : `${name}:${argument}`,
    identity: createHash('sha256')
      .update(JSON.stringify([name, version, argument]))
      .digest('hex'),
    weights: null,
    readsPrompt: false,
    learntFrom: { raters: [], prompts: [] },
    async score(items) {
      const scores = new Float64Array(items.length);
      for (let start = 0; start < items.length; start += atOnce) {
        const rated = items.slice(start, start + atOnce).map(({ image }) => rate(image));
        scores.set(await Promise.all(rated), start);
      }
      return scores;
    },
    release: async () => undefined,
  };
}
