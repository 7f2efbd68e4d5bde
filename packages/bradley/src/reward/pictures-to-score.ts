import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, relative } from 'node:path';
import { type PictureToScore, pictureFile } from '@bradley/evaluate';
import { decodeImage, readJsonl } from '@bradley/formats';
import { openComparisons } from '@bradley/preferences';
import { z } from 'zod';
import { readImageList } from '../image-list.js';

/** A picture with the name that results give it. */
export interface NamedPicture extends PictureToScore {
  readonly file: string;
}

/** Pictures, read one after the other. */
export interface PictureSource {
  /** How many there are; null where only reading them tells. */
  readonly count: number | null;
  readonly pictures: AsyncIterable<NamedPicture>;
}

const listName = 'images.jsonl';
const pictureEndings = ['.png', '.jpg', '.jpeg', '.webp', '.gif', '.tif', '.tiff', '.avif', '.heic'];
const listRow = z.looseObject({ file: z.string().min(1), prompt: z.string() });

/**
 * The pictures that a path names, with their prompts: a JSONL list of `{"file", "prompt"}` as `sample` writes it; a folder that
 * has one, `images.jsonl`; a folder of pictures, whose prompt is `prompt`, or where that is null lies beside each as `<name>.txt`; or
 * comparisons, each picture of which counts once with each prompt.
 * @throws Error naming the file that is missing or wrong
 */
export async function picturesToScore(path: string, prompt: string | null): Promise<PictureSource> {
  const stats = await stat(path).catch(() => null);
  if (stats === null)
    throw new Error(`${path}: there is no such file or folder. Name a folder of pictures, or a list of them.`);
  if (!stats.isDirectory()) return (await isList(path)) ? listed(path) : compared(path);
  const names = (await readdir(path)).sort();
  if (names.includes(listName)) return listed(join(path, listName));
  const pictures = names.filter((name) => pictureEndings.includes(extname(name).toLowerCase()));
  const captions = new Set(names.filter((name) => name.endsWith('.txt')));
  if (pictures.length === 0) return compared(path);
  const bare = pictures.filter((name) => prompt === null && !captions.has(captionOf(name)));
  if (bare.length > 0)
    throw new Error(
      `${path}: ${bare.length} pictures have no prompt: ${bare.slice(0, 3).join(', ')}. Give one for all with --prompt, ` +
        `write one into ${captionOf(bare[0] as string)} and so on, or list them in ${listName}.`,
    );
  const promptOf = async (name: string): Promise<string> =>
    prompt ?? (await readFile(join(path, captionOf(name)), 'utf8')).trim();
  return { count: pictures.length, pictures: named(path, pictures, promptOf) };
}

const captionOf = (name: string): string => `${basename(name, extname(name))}.txt`;

async function* named(folder: string, names: readonly string[], promptOf: (name: string) => Promise<string>) {
  for (const file of names) yield { file, ...(await pictureFile(join(folder, file), await promptOf(file))) };
}

async function isList(path: string): Promise<boolean> {
  if (extname(path) !== '.jsonl') return false;
  for await (const line of readJsonl(path)) return listRow.safeParse(line.value).success;
  return false;
}

async function listed(path: string): Promise<PictureSource> {
  const { images } = await readImageList(path);
  async function* read() {
    for (const { file, prompt } of images)
      yield { ...(await pictureFile(file, prompt)), file: relative(dirname(path), file) };
  }
  return { count: images.length, pictures: read() };
}

async function compared(path: string): Promise<PictureSource> {
  const source = await openComparisons(path);
  async function* read() {
    const seen = new Set<string>();
    for await (const row of source) {
      if (!('record' in row)) continue; // `data check` says what is wrong with it
      for (const candidate of row.record.candidates) {
        const { prompt } = row.record;
        const key = JSON.stringify([candidate.media, prompt]);
        if (seen.has(key)) continue;
        seen.add(key);
        const bytes = await source.loadMedia(candidate);
        const sha256 = createHash('sha256').update(bytes).digest('hex');
        yield { file: candidate.media, prompt, sha256, load: () => decodeImage(bytes, { name: candidate.media }) };
      }
    }
  }
  return { count: null, pictures: read() };
}
