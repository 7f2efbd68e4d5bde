import { loadTokenizer } from '@bradley/formats';
import { categories, readEmojiNames } from './names.js';

/** Every name of the emoji model in a tokenizer's ids, and which of the categories it is. */
export interface Lexicon {
  idsOf(prompt: string): number[];
  readonly names: readonly { readonly ids: readonly number[]; readonly kind: number }[];
}

export async function openLexicon(tokenizerFolder: string, maxLength: number): Promise<Lexicon> {
  const tokenizer = await loadTokenizer(tokenizerFolder);
  const idsOf = (prompt: string): number[] =>
    tokenizer.encode(prompt, { maxLength, padding: 'max', truncation: true }).ids;
  const names = (await readEmojiNames()).map(({ name, category }) => ({
    ids: idsOf(name),
    kind: categories.indexOf(category),
  }));
  return { idsOf, names };
}

/** Ids of several texts, one after the other. */
export const idsFeed = (ids: readonly (readonly number[])[]): BigInt64Array => BigInt64Array.from(ids.flat(), BigInt);

/** One-hot rows (names, kinds). */
export function kindsFeed(names: Lexicon['names'], kinds: number = categories.length): Float32Array {
  const rows = new Float32Array(names.length * kinds);
  names.forEach(({ kind }, i) => {
    rows[i * kinds + kind] = 1;
  });
  return rows;
}
