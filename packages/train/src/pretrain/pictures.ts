import { join, resolve, sep } from 'node:path';
import { decodeImage, readJsonl, toModelRange } from '@bradley/formats';
import { z } from 'zod';

/** Captioned pictures in memory: images (3, size, size) in [−1, 1] each. */
export interface Pictures {
  readonly size: number;
  readonly images: readonly Float32Array[];
  readonly prompts: readonly string[];
}

const captionSchema = z.looseObject({ file: z.string(), prompt: z.string() });

/** Reads a folder of pictures with a `captions.jsonl` of {file, prompt}. */
export async function readPictures(folder: string, size: number): Promise<Pictures> {
  const images: Float32Array[] = [];
  const prompts: string[] = [];
  const path = join(folder, 'captions.jsonl');
  for await (const { value, line } of readJsonl(path)) {
    const caption = captionSchema.safeParse(value);
    if (!caption.success)
      throw new Error(`${path}:${line}: expected {"file", "prompt"}: ${z.prettifyError(caption.error)}`);
    const file = resolve(folder, caption.data.file);
    if (!file.startsWith(resolve(folder) + sep))
      throw new Error(`${path}:${line}: ${caption.data.file} lies outside ${folder}.`);
    const { data } = await toModelRange(await decodeImage(file), size);
    images.push(data);
    prompts.push(caption.data.prompt);
  }
  if (images.length === 0) throw new Error(`${path}: there is no picture in it.`);
  return { size, images, prompts };
}
