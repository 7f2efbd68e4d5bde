import { stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import type { Case } from '@bradley/evaluate';
import { readJsonl } from '@bradley/formats';
import { normalizePrompt } from '@bradley/preferences';
import { z } from 'zod';

const line = z.looseObject({ file: z.string().min(1), prompt: z.string(), seed: z.int().nonnegative() });

/** Pictures that were drawn before: a folder as `bradley sample` writes it. */
export interface ImageFolder {
  readonly name: string;
  readonly path: string;
  /** In the order of images.jsonl. */
  readonly pictures: readonly (Case & { readonly file: string })[];
}

/**
 * Reads images.jsonl of a folder. A file that is not where its line says is looked for in the folder, by its name.
 * @throws Error naming file and line
 */
export async function readImageFolder(path: string): Promise<ImageFolder> {
  const list = join(path, 'images.jsonl');
  if (!(await stat(list).catch(() => null)))
    throw new Error(
      `${path} has no images.jsonl, which says what its pictures are. bradley sample writes such a folder.`,
    );
  const pictures: (Case & { file: string })[] = [];
  for await (const { line: number, value } of readJsonl(list)) {
    const { data, error } = line.safeParse(value);
    if (!data) throw new Error(`${list}:${number}: ${z.prettifyError(error).replaceAll('\n', ' ')}`);
    const places = [data.file, join(path, basename(data.file))];
    const there = await Promise.all(places.map((place) => stat(place).catch(() => null)));
    const file = places.find((_, i) => there[i]?.isFile());
    if (!file) throw new Error(`${list}:${number}: ${data.file} is not there, nor in the folder.`);
    pictures.push({ prompt: data.prompt, seed: data.seed, file });
  }
  if (pictures.length === 0) throw new Error(`${list} names no picture.`);
  return { name: basename(resolve(path)), path, pictures };
}

/**
 * The file of each case.
 * @throws Error naming the cases that a folder lacks
 */
export function filesOfCases({ path, pictures }: ImageFolder, cases: readonly Case[]): string[] {
  const keyOf = ({ prompt, seed }: Case) => `${seed} ${normalizePrompt(prompt)}`;
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
