import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

/** `models/emoji`: the model that ships with Bradley, its names, tokenizer, recipe, comparisons and weights. */
export const emojiFolder = fileURLToPath(new URL('../../../../models/emoji/', import.meta.url));

/** The three open designs, by the name that comparisons give as `model`. */
export const designers = ['noto', 'twemoji', 'fluent'] as const;
export type Designer = (typeof designers)[number];

export const categories = ['animals & nature', 'faces & people', 'food & drink', 'objects', 'travel & places'] as const;
export type Category = (typeof categories)[number];

/** `train` names may teach a preference or a judge; a `heldout` name is known to the base model and to nothing else. */
export type Split = 'train' | 'heldout';

const emojiName = z.strictObject({
  name: z.string().regex(/^[a-z0-9]+( [a-z0-9]+)*$/),
  category: z.enum(categories),
  icons: z.strictObject({ noto: z.string(), twemoji: z.string(), fluent: z.string() }),
  split: z.enum(['train', 'heldout']),
});
export type EmojiName = z.infer<typeof emojiName>;

/**
 * A quarter of the names, chosen by the first byte of SHA-256 of the name, is held out from everything that learns a
 * preference: neither a shorter list nor another order moves a name to the other side.
 */
export function splitOf(name: string): Split {
  const [firstByte = 0] = createHash('sha256').update(name).digest();
  return firstByte < 64 ? 'heldout' : 'train';
}

/**
 * The names the model knows. An emoji is in the list when all three designs draw it upright under the same key, it
 * shows one plain thing, face or hand, and its words say what is seen. Left out: flags, keycaps, clock faces, letters
 * and signs, skin tones, gendered variants of one picture, and scenes too small for 64 pixels.
 * @throws when the list is malformed, repeats a name, or gives a name another split than `splitOf`
 */
export async function readEmojiNames(folder = emojiFolder): Promise<EmojiName[]> {
  const file = join(folder, 'names.json');
  const names = z.array(emojiName).parse(JSON.parse(await readFile(file, 'utf8')));
  const seen = new Set<string>();
  for (const { name, split } of names) {
    if (seen.has(name)) throw new Error(`${file}: "${name}" is listed twice. Remove one of the two lines.`);
    if (split !== splitOf(name))
      throw new Error(
        `${file}: "${name}" is in split ${split}, but its hash says ${splitOf(name)}. Correct the split.`,
      );
    seen.add(name);
  }
  return names;
}
