import { modelAndAdapter, informativeness as ofPair, type StrengthPosterior } from '@bradley/evaluate';
import type { Maker } from '@bradley/preferences';
import type { Informativeness } from './choose.js';

/**
 * How much an answer to a task is expected to say about the strengths of models: the sum over its pairs. A model that was never met
 * says more than any other; a candidate that names none says nothing.
 */
export function informativenessBy(posterior: StrengthPosterior | null): Informativeness {
  if (posterior === null) return null;
  const made = functions.get(posterior) ?? functionOf(posterior);
  functions.set(posterior, made);
  return made;
}

/** Made once for each posterior, since every pair is worked out once. */
const functions = new WeakMap<StrengthPosterior, (makers: readonly Maker[]) => number>();

function functionOf(posterior: StrengthPosterior): (makers: readonly Maker[]) => number {
  const met = new Set(posterior.names);
  const known = new Map<string, number>();
  const gain = (a: string, b: string): number => {
    if (a === b) return 0;
    if (!met.has(a) || !met.has(b)) return neverMet;
    const key = JSON.stringify(a < b ? [a, b] : [b, a]);
    const value = known.get(key) ?? ofPair(posterior, a, b);
    known.set(key, value);
    return value;
  };
  return (makers) => {
    const names = makers.flatMap((maker: Maker) => modelAndAdapter({ media: '', ...maker }) ?? []);
    let sum = 0;
    for (const [i, a] of names.entries()) for (const b of names.slice(i + 1)) sum += gain(a, b);
    return sum;
  };
}

/** Nats; a match says ln 3 at most. */
const neverMet = 2;
