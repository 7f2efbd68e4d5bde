import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { readMedia, resolveInside } from '../media-path.js';
import { MediaError, type Refusal, refused } from '../source.js';
import { readJsonLines } from './json-lines.js';

/** Files of captions: `{"file_name", "text"}` per line, as in the datasets library's image folders, or our own names for the two. */
export const captionFiles = ['captions.jsonl', 'metadata.jsonl'] as const;

const captionLine = z
  .looseObject({
    file_name: z.string().optional(),
    file: z.string().optional(),
    text: z.string().optional(),
    caption: z.string().optional(),
    prompt: z.string().optional(),
  })
  .transform((line, context) => {
    const file = line.file_name ?? line.file;
    const text = line.text ?? line.caption ?? line.prompt;
    if (file !== undefined && text !== undefined) return { stem: stemOf(file), text };
    context.addIssue(file === undefined ? 'no "file_name" (or "file")' : 'no "text" (or "caption", "prompt")');
    return z.NEVER;
  });

export interface Captions {
  /** The caption of an image's name. Throws `MediaError` where there is none, or where two differ. */
  readonly of: (stem: string) => Promise<string>;
  /** The lines of caption files that could not be used. */
  readonly refused: readonly Refusal[];
}

/** The captions of a folder with `chosen/` and `rejected/`: text files beside the images or in the folder, and caption files. */
export async function openCaptions(folder: string): Promise<Captions> {
  const entries = await readdir(folder);
  const listed = new Map<string, string[]>();
  const refusals: Refusal[] = [];
  for (const name of captionFiles.filter((file) => entries.includes(file))) {
    for await (const line of readJsonLines(await resolveInside(folder, name))) {
      const where = `${join(folder, name)}:${line.line}`;
      if ('fault' in line) {
        refusals.push({ where, refused: line.fault, problem: 'bad-row' });
        continue;
      }
      const { data, error } = captionLine.safeParse(line.value);
      if (data) listed.set(data.stem, [...(listed.get(data.stem) ?? []), data.text]);
      else refusals.push({ ...refused(where, error.issues), problem: 'bad-caption' });
    }
  }
  return { of: (stem) => captionOf(folder, stem, listed.get(stem) ?? []), refused: refusals };
}

async function captionOf(folder: string, stem: string, listed: readonly string[]): Promise<string> {
  const files = [`${stem}.txt`, `chosen/${stem}.txt`, `rejected/${stem}.txt`];
  const texts = await Promise.all(files.map((file) => readText(folder, file)));
  const [caption, other] = new Set([...listed, ...texts.filter((text) => text !== undefined)]);
  if (caption === undefined) {
    throw new MediaError('bad-caption', `${stem} has no caption: looked for ${[...files, ...captionFiles].join(', ')}`);
  }
  if (other !== undefined) {
    throw new MediaError(
      'bad-caption',
      `${stem} has captions that differ: ${JSON.stringify(caption)}, ${JSON.stringify(other)}`,
    );
  }
  return caption;
}

/** A caption's text without the white space around it, or undefined where there is no such file. */
async function readText(folder: string, file: string): Promise<string | undefined> {
  try {
    return Buffer.from(await readMedia(await resolveInside(folder, file), file))
      .toString('utf8')
      .trim();
  } catch (error) {
    if (error instanceof MediaError && error.problem === 'missing-file') return undefined;
    throw error;
  }
}

function stemOf(file: string): string {
  return basename(file).replace(/\.[^.]*$/, '');
}
