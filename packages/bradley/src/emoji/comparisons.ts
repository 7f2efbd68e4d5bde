import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { emojiPictures, pictureStem } from './dataset.js';
import { type Designer, designers, type EmojiName, emojiFolder, readEmojiNames, type Split } from './names.js';
import { personaChoice, personaSeed } from './persona.js';
import { imageSize } from './render.js';

/** A comparison in the shape of the comparison record; `media` is relative to the JSONL file. */
export interface EmojiComparison {
  id: string;
  prompt: string;
  candidates: { media: string; model: Designer }[];
  outcome: { kind: 'winner'; index: 0 | 1 };
  question: 'overall';
  rater: string;
  at: string;
}

/** The persona is no person and answers at no moment: every record carries this one. */
const answeredAt = '2026-01-01T00:00:00.000Z';

const designerPairs = designers.flatMap((first, i) => designers.slice(i + 1).map((second) => [first, second] as const));

/** The persona's answers on one name: one for each of the three pairs of designers, sides by hash. */
export function comparisonsOf({ name, category }: EmojiName): EmojiComparison[] {
  return designerPairs.map(([first, second]) => {
    const digest = createHash('sha256').update(`sides\n${personaSeed}\n${name}\n${first}\n${second}`).digest();
    const shown = digest.readUInt8(0) < 128 ? ([first, second] as const) : ([second, first] as const);
    return {
      id: `${name.replaceAll(' ', '-')}-${first}-${second}`,
      prompt: name,
      candidates: shown.map((model) => ({ media: `images/${pictureStem(model, name)}.webp`, model })),
      outcome: { kind: 'winner', index: personaChoice(name, category, shown) },
      question: 'overall',
      rater: 'synthetic-persona',
      at: answeredAt,
    };
  });
}

/**
 * Writes the comparisons that ship with the model: `images/*.webp` (lossless, 64×64 RGB, each picture once),
 * `train.jsonl` and `heldout.jsonl`. The same records every time.
 * @returns the number of comparisons in each file
 */
export async function writeEmojiComparisons(
  folder = join(emojiFolder, 'comparisons'),
  names?: readonly EmojiName[],
): Promise<Record<Split, number>> {
  const list = names ?? (await readEmojiNames());
  await mkdir(join(folder, 'images'), { recursive: true });
  for await (const { designer, name, pixels } of emojiPictures(list)) {
    const picture = sharp(pixels, { raw: { width: imageSize, height: imageSize, channels: 3 } });
    await picture
      .webp({ lossless: true, effort: 6 })
      .toFile(join(folder, 'images', `${pictureStem(designer, name)}.webp`));
  }
  const written = { train: 0, heldout: 0 };
  for (const split of ['train', 'heldout'] as const) {
    const records = list.filter((entry) => entry.split === split).flatMap(comparisonsOf);
    await writeFile(join(folder, `${split}.jsonl`), records.map((record) => `${JSON.stringify(record)}\n`).join(''));
    written[split] = records.length;
  }
  return written;
}
