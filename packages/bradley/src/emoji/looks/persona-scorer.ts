import { createHash } from 'node:crypto';
import type { Scorer } from '@bradley/evaluate';
import { type Category, readEmojiNames } from '../names.js';
import { lookPersona, lookTaste, lookUtility } from './look-taste.js';

/**
 * The look persona's exact utility as a scorer: a rule about pixels and the name's category, which learnt from nobody and taught whoever
 * learnt from the persona.
 * @throws RangeError for a prompt that is no name of the emoji model: its category is not known
 */
export async function lookPersonaScorer(): Promise<Scorer> {
  const categories = new Map((await readEmojiNames()).map(({ name, category }) => [name, category]));
  const categoryOf = (prompt: string): Category => {
    const category = categories.get(prompt);
    if (!category)
      throw new RangeError(`"${prompt}" is no name of the emoji model, and the persona has no taste in it.`);
    return category;
  };
  return {
    name: 'emoji-persona',
    identity: createHash('sha256')
      .update(JSON.stringify([lookPersona, 1, lookTaste]))
      .digest('hex'),
    weights: null,
    readsPrompt: true,
    learntFrom: { raters: [], prompts: [] },
    answersAs: lookPersona,
    score: async (items) => Float64Array.from(items, ({ prompt, image }) => lookUtility(categoryOf(prompt), image)),
    release: async () => undefined,
  };
}
