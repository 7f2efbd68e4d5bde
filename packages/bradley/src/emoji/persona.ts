import { createHash } from 'node:crypto';
import type { Category, Designer } from './names.js';

/**
 * The taste of the stated synthetic persona: designers by category, liked best first. What lives it likes softly shaded, things
 * it likes flat. The two orders are each other's reverse over about as many names, so no fixed order explains more than half.
 */
export const personaTaste: Record<Category, readonly [Designer, Designer, Designer]> = {
  'animals & nature': ['fluent', 'noto', 'twemoji'],
  'faces & people': ['fluent', 'noto', 'twemoji'],
  'travel & places': ['twemoji', 'noto', 'fluent'],
  'food & drink': ['twemoji', 'noto', 'fluent'],
  objects: ['twemoji', 'noto', 'fluent'],
};

/** How often the persona answers against its taste. */
export const personaFlipRate = 0.1;

export const personaSeed = 2026;

/**
 * The persona's choice between two designers' pictures of one name: its taste, except for one answer in ten, which is
 * flipped. The flip depends on (seed, name, unordered pair) alone, so that it is the same in whatever order the pair is
 * shown or asked: the first 32 bits of SHA-256, as a fraction of 2³², against the rate.
 * @returns the index of the chosen candidate
 */
export function personaChoice(
  name: string,
  category: Category,
  [first, second]: readonly [Designer, Designer],
  seed = personaSeed,
): 0 | 1 {
  if (first === second) throw new Error(`the persona was shown ${first} twice for "${name}". Show two designers.`);
  const taste = personaTaste[category];
  const prefersFirst = taste.indexOf(first) < taste.indexOf(second);
  return prefersFirst !== isFlipped(name, [first, second], seed) ? 0 : 1;
}

/** Whether the persona answers this pair against its taste. */
export function isFlipped(name: string, pair: readonly [Designer, Designer], seed = personaSeed): boolean {
  const key = ['persona', seed, name, ...[...pair].sort()].join('\n');
  return createHash('sha256').update(key).digest().readUInt32BE(0) / 2 ** 32 < personaFlipRate;
}
