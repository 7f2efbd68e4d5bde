import { isUtf8 } from 'node:buffer';
import { readFile, stat } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { readJsonl } from '@bradley/formats';
import { readCsvRows } from '@bradley/preferences';
import { z } from 'zod';
import type { PromptSet, SetPrompt } from './prompt-set.js';

/** A row of a table of prompts: other columns are left alone. */
const promptRow = z.looseObject({
  prompt: z.string().trim().min(1),
  category: z.string().trim().min(1).optional(),
  id: z.union([z.string().min(1), z.number().transform(String)]).optional(),
});

/** How each kind of file is read, by its ending. */
const readers: Readonly<Record<string, (path: string) => AsyncIterable<SetPrompt>>> = {
  '.txt': readLines,
  '.csv': readCsv,
  '.jsonl': readRows,
};

/**
 * The prompts of a file: `.txt` has one a line, blank lines left out; `.csv` a column `prompt` and, if there, `category` and `id`; `.jsonl` an
 * object a line with the same names. The set is called as the file is.
 * @throws Error naming the file where there is none, and the line where a row has no prompt, and where the file has none at all
 */
export async function readPromptFile(path: string): Promise<PromptSet> {
  const ending = extname(path).toLowerCase();
  const read = readers[ending];
  if (!read)
    throw new Error(
      `${path}: prompts are read from ${Object.keys(readers).join(', ')} files, found ${ending || 'no ending'}.`,
    );
  if (!(await stat(path).catch(() => null))?.isFile()) throw new Error(`${path}: there is no such file of prompts.`);
  const prompts: SetPrompt[] = [];
  for await (const prompt of read(path)) prompts.push(prompt);
  if (prompts.length === 0) throw new Error(`${path} holds no prompt. Give it one a line.`);
  return { name: basename(path, extname(path)), source: path, prompts };
}

async function* readLines(path: string): AsyncGenerator<SetPrompt> {
  const bytes = await readFile(path);
  if (!isUtf8(bytes)) throw new Error(`${path} is not text in UTF-8. Save it as that.`);
  const text = new TextDecoder().decode(bytes); // drops a byte order mark
  for (const line of text.split(/\r?\n/)) {
    const prompt = line.trim();
    if (prompt !== '') yield { prompt };
  }
}

async function* readCsv(path: string): AsyncGenerator<SetPrompt> {
  for await (const row of readCsvRows(path)) {
    if ('refused' in row) throw new Error(`${row.where}: ${row.refused}`);
    yield promptOf(row.where, row.value);
  }
}

async function* readRows(path: string): AsyncGenerator<SetPrompt> {
  for await (const { line, value } of readJsonl(path)) yield promptOf(`${path}:${line}`, value);
}

function promptOf(where: string, value: unknown): SetPrompt {
  const { data, error } = promptRow.safeParse(value);
  if (!data) throw new Error(`${where}: ${z.prettifyError(error).replaceAll('\n', ' ')}`);
  const { prompt, category, id } = data;
  return { prompt, ...(category === undefined ? {} : { category }), ...(id === undefined ? {} : { id }) };
}
