import { stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { readJsonl } from '@bradley/formats';
import { candidateSchema } from '@bradley/preferences';
import { z } from 'zod';

const { model, seed, steps, guidance, adapter } = candidateSchema.shape;

/** A line of `images.jsonl`, as `bradley sample` writes it; other fields are left alone. */
const imageLine = z.looseObject({
  file: z.string().min(1),
  prompt: z.string().regex(/\S/, 'is empty'),
  ...{ model, seed, steps, guidance, adapter },
});
export type ListedImage = z.infer<typeof imageLine>;

/**
 * The pictures that a folder's `images.jsonl`, or such a file, lists. Files are named from the list's folder.
 * @throws Error naming the line that is wrong, or whose picture is not there
 */
export async function readImageList(where: string): Promise<{ path: string; images: ListedImage[] }> {
  const isFolder = (await stat(where).catch(() => null))?.isDirectory() === true;
  const path = isFolder ? join(where, 'images.jsonl') : where;
  const images: ListedImage[] = [];
  for await (const { line, value } of readJsonl(path)) {
    const { data, error } = imageLine.safeParse(value);
    if (!data) throw new Error(`${path}:${line}: ${z.prettifyError(error).replaceAll('\n', ' ')}`);
    images.push({ ...data, file: await findFile(path, line, data.file) });
  }
  if (images.length === 0) throw new Error(`${path} lists no picture.`);
  return { path, images };
}

async function findFile(path: string, line: number, file: string): Promise<string> {
  const place = resolve(dirname(path), file);
  if ((await stat(place).catch(() => null))?.isFile()) return place;
  throw new Error(
    `${path}:${line}: ${file} is not there: files are named from the list's own folder, and there is no ${place}.`,
  );
}
