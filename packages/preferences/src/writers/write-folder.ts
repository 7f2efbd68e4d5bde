import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { folderSides } from '../readers/read-folder.js';
import type { Candidate } from '../record.js';
import { MediaError } from '../source.js';
import { fileEnding } from './file-ending.js';
import {
  type ComparisonWriter,
  converted,
  counting,
  notExpressible,
  outcomeIn,
  pairIn,
  requireKinds,
} from './writer.js';

/**
 * `chosen/` and `rejected/` with files of the same names and the caption as `<name>.txt`. The name is the record's id, so ids that are no
 * plain file name are refused, and the time of the chosen file is the record's. Pairs with a winner only.
 */
export const folderWriter: ComparisonWriter = {
  writes: 'a folder with chosen/ and rejected/, and captions as text files',
  async write(path, input) {
    if (await exists(path))
      throw new Error(`${path} exists already. A folder is written as a whole: name one that does not.`);
    const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`);
    const counter = counting();
    try {
      for (const side of folderSides) await mkdir(join(temporary, side), { recursive: true });
      const pairs = converted(input, async (record) => {
        const { index } = outcomeIn(record, 'a folder', ['winner']);
        requireKinds(record, 'a folder', ['image', 'audio', 'video']);
        const pair = pairIn(record, 'a folder');
        const [chosen, rejected] = index === 0 ? pair : [pair[1], pair[0]];
        const name = nameOf(record.id);
        if (await exists(join(temporary, `${name}.txt`)))
          throw new MediaError('duplicate', `the id ${record.id} was there before`);
        const files = [await loaded(chosen, input.loadMedia), await loaded(rejected, input.loadMedia)];
        for (const [at, { bytes, ending }] of files.entries()) {
          const file = join(temporary, folderSides[at] ?? '', `${name}.${ending}`);
          await writeFile(file, bytes);
          const time = record.at === undefined ? undefined : Date.parse(record.at) / 1000;
          if (time !== undefined) await utimes(file, time, time);
        }
        await writeFile(join(temporary, `${name}.txt`), record.prompt);
      });
      for await (const _ of counter.through(pairs));
      await rename(temporary, path);
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
    return counter.count;
  },
};

function nameOf(id: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/.test(id)) return id;
  throw notExpressible(
    `the id ${JSON.stringify(id.slice(0, 80))} is no file name: up to 100 letters, digits, "-" and "_" are`,
  );
}

async function loaded(candidate: Candidate, load: (candidate: Candidate) => Promise<Uint8Array>) {
  const bytes = await load(candidate);
  const ending = fileEnding(bytes);
  if (ending === undefined) throw notExpressible(`${candidate.media.slice(0, 200)} is no media file whose kind shows`);
  return { bytes, ending };
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
