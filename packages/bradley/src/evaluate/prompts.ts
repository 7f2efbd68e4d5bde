import { type PromptSet, readPromptSet, type SetPrompt } from '@bradley/evaluate';
import { normalizePrompt } from '@bradley/preferences';
import { readEmojiNames } from '../emoji/names.js';

/** Sets that ship with Bradley, by name. */
const ownSets: Readonly<Record<string, () => Promise<PromptSet>>> = { emoji: emojiHeldOut };

/** The prompts that a spec names: `emoji`, a file of prompts, or a published list as `readPromptSet` reads it. */
export async function promptsOf(spec: string): Promise<PromptSet> {
  const own = Object.hasOwn(ownSets, spec) ? ownSets[spec] : undefined;
  return own ? own() : readPromptSet(spec);
}

/** The emoji that the model which ships with Bradley draws, and about which nothing has learnt a preference. */
async function emojiHeldOut(): Promise<PromptSet> {
  const held = (await readEmojiNames()).filter(({ split }) => split === 'heldout');
  return {
    name: 'emoji',
    source: 'models/emoji/names.json, held-out names',
    prompts: held.map(({ name, category }) => ({ prompt: name, category })),
  };
}

/**
 * Every prompt once, in the order of the set; or at most `limit` of them, category by category in turn, so that each is there alike.
 * Prompts that differ only in spaces are one.
 */
export function choosePrompts({ prompts }: Pick<PromptSet, 'prompts'>, limit: number | null): readonly SetPrompt[] {
  const seen = new Set<string>();
  const once = prompts.filter(({ prompt }) => {
    const key = normalizePrompt(prompt);
    return !seen.has(key) && seen.add(key);
  });
  if (limit === null || limit >= once.length) return once;
  const groups = new Map<string | undefined, SetPrompt[]>();
  for (const of of once) {
    const group = groups.get(of.category);
    if (group) group.push(of);
    else groups.set(of.category, [of]);
  }
  const turns = Math.max(...[...groups.values()].map(({ length }) => length));
  const inTurn = Array.from({ length: turns }, (_, i) => [...groups.values()].flatMap((group) => group[i] ?? []));
  return inTurn.flat().slice(0, limit);
}
