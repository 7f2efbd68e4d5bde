import { stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import type { Case } from '@bradley/evaluate';
import { normalizePrompt } from '@bradley/preferences';
import { readImageList } from '../image-list.js';

/** Pictures that were drawn before: a folder as `bradley sample` writes it. */
export interface ImageFolder {
  readonly name: string;
  readonly path: string;
  /** In the order of images.jsonl. */
  readonly pictures: readonly (Case & { readonly file: string })[];
}

/**
 * Reads images.jsonl of a folder, where each picture has a seed.
 * @throws Error naming the list, where it lacks a seed or has two pictures of one case: they would count as two duels
 */
export async function readImageFolder(path: string): Promise<ImageFolder> {
  if (!(await stat(join(path, 'images.jsonl')).catch(() => null)))
    throw new Error(
      `${path} has no images.jsonl, which says what its pictures are. bradley sample writes such a folder.`,
    );
  const { path: list, images } = await readImageList(path);
  const seen = new Set<string>();
  const pictures = images.map(({ file, prompt, seed }) => {
    if (seed === undefined)
      throw new Error(`${list}: the picture of "${prompt}" has no seed, and contestants are compared seed by seed.`);
    const key = keyOf({ prompt, seed });
    if (seen.has(key))
      throw new Error(`${list}: it has two pictures of "${prompt}" with seed ${seed}. Leave one line of them.`);
    seen.add(key);
    return { prompt, seed, file };
  });
  return { name: basename(resolve(path)), path, pictures };
}

const keyOf = ({ prompt, seed }: Case): string => `${seed} ${normalizePrompt(prompt)}`;

/**
 * The file of each case.
 * @throws Error naming the cases that a folder lacks
 */
export function filesOfCases({ path, pictures }: ImageFolder, cases: readonly Case[]): string[] {
  const found = new Map(pictures.map((picture) => [keyOf(picture), picture.file]));
  const missing = cases.filter((of) => !found.has(keyOf(of)));
  if (missing.length > 0) {
    const some = missing.slice(0, 3).map(({ prompt, seed }) => `"${prompt}" with seed ${seed}`);
    throw new Error(
      `${path} has no picture of ${some.join(', ')}${missing.length > 3 ? ` and ${missing.length - 3} more` : ''}. Every contestant needs the same prompts and seeds.`,
    );
  }
  return cases.map((of) => found.get(keyOf(of)) as string);
}
