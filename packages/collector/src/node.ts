import { readFile, rename, writeFile } from 'node:fs/promises';
import type { CollectorStorage } from './storage.js';

/** A file that choices wait in, for one process at a time. */
export function fileStorage(path: string): CollectorStorage {
  return {
    load: () =>
      readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return null;
        throw error;
      }),
    async save(text) {
      await writeFile(`${path}.tmp`, text, { mode: 0o600 });
      await rename(`${path}.tmp`, path);
    },
  };
}
