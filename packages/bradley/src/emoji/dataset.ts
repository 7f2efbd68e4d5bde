import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { type Category, type Designer, designers, type EmojiName, readEmojiNames, type Split } from './names.js';
import { iconSvg, imageSize, readIconSet, renderSvg } from './render.js';

/** One line of `captions.jsonl`. The designer is recorded for judges; it is not in the prompt. */
export interface EmojiCaption {
  file: string;
  prompt: string;
  name: string;
  category: Category;
  designer: Designer;
  split: Split;
}

export interface EmojiPicture extends EmojiCaption {
  /** RGB, (64, 64, 3) */
  pixels: Uint8Array;
}

export const pictureStem = (designer: Designer, name: string) => `${designer}-${name.replaceAll(' ', '-')}`;

/** Every name in every design, name by name in the list's order, designs in the order of `designers`. */
export async function* emojiPictures(names: readonly EmojiName[]): AsyncGenerator<EmojiPicture> {
  const sets = await Promise.all(designers.map(async (designer) => ({ designer, set: await readIconSet(designer) })));
  for (const { name, category, icons, split } of names) {
    for (const { designer, set } of sets) {
      const pixels = await renderSvg(iconSvg(set, icons[designer]));
      const file = `images/${pictureStem(designer, name)}.png`;
      yield { file, prompt: name, name, category, designer, split, pixels };
    }
  }
}

/**
 * Writes the training set of the base model: `images/*.png` (64×64 RGB) and `captions.jsonl`. The same bytes every
 * time for the same icon packages.
 * @returns the number of pictures
 */
export async function writeEmojiDataset(folder: string, names?: readonly EmojiName[]): Promise<number> {
  await mkdir(join(folder, 'images'), { recursive: true });
  const captions: EmojiCaption[] = [];
  for await (const { pixels, ...caption } of emojiPictures(names ?? (await readEmojiNames()))) {
    await sharp(pixels, { raw: { width: imageSize, height: imageSize, channels: 3 } })
      .png()
      .toFile(join(folder, caption.file));
    captions.push(caption);
  }
  await writeFile(join(folder, 'captions.jsonl'), captions.map((caption) => `${JSON.stringify(caption)}\n`).join(''));
  return captions.length;
}
