import { mkdirSync } from 'node:fs';
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Kept, Storage } from './storage.js';

const suffix = '.json';

/**
 * Keeps choices in a folder, made where there is none, each in a file that is there whole or not at all. What is kept outlives
 * `kill -9`; it is not forced to the disk, so the last second before a power cut may be lost.
 *
 * @throws where the folder cannot be made
 */
export function folderStorage(folder: string): Storage {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const fileOf = (name: string) => join(folder, name + suffix);
  const read = async (file: string): Promise<Kept[]> => {
    const text = await readFile(join(folder, file), 'utf8').catch(() => null); // another process may have sent it meanwhile
    return text === null ? [] : [[file.slice(0, -suffix.length), text]];
  };
  return {
    async load() {
      const files = (await readdir(folder)).filter((file) => file.endsWith(suffix));
      return (await Promise.all(files.map(read))).flat();
    },
    async keep(name, text) {
      const file = fileOf(name);
      await writeFile(`${file}.new`, text, { mode: 0o600 });
      await rename(`${file}.new`, file);
    },
    remove: (name) => rm(fileOf(name), { force: true }),
  };
}
