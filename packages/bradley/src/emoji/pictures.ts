import { join } from 'node:path';
import { decodeImage, toModelRange } from '@bradley/formats';
import { pictureStem } from './dataset.js';
import { type Designer, designers, type EmojiName, emojiFolder, readEmojiNames } from './names.js';
import { imageSize } from './render.js';

/** A real picture: one name as one designer draws it. */
export interface NamedPicture extends Pick<EmojiName, 'name' | 'category' | 'split'> {
  readonly designer: Designer;
  /** (3, 64, 64) in [−1, 1] */
  readonly image: Float32Array;
}

/** The pictures that ship with the comparisons: every name in every design, name by name. */
export async function readEmojiPictures(
  folder = join(emojiFolder, 'comparisons'),
  names?: readonly EmojiName[],
): Promise<NamedPicture[]> {
  const pictures: NamedPicture[] = [];
  for (const { name, category, split } of names ?? (await readEmojiNames()))
    for (const designer of designers) {
      const file = join(folder, 'images', `${pictureStem(designer, name)}.webp`);
      const { data: image } = await toModelRange(await decodeImage(file), imageSize);
      pictures.push({ name, category, split, designer, image });
    }
  return pictures;
}
