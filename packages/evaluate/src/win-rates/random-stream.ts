import { uniform } from '@bradley/runtime';
import type { Random } from '../intervals.js';

const block = 4096;

/** Uniform numbers of one stream, the same on every machine: what bootstraps of a report draw from. */
export function randomStream(stream: string): Random {
  let numbers: Float32Array = new Float32Array();
  let next = 0;
  let step = 0;
  return () => {
    if (next === numbers.length) {
      numbers = uniform({ seed: 0, stream, step: step++, index: 0 }, block);
      next = 0;
    }
    return numbers[next++] as number;
  };
}
