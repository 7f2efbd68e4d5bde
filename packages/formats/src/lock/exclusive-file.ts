import { randomUUID } from 'node:crypto';
import { link, open, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/**
 * Creates a file with its content in one move, or returns false when there is one already: nobody sees it half-written,
 * and of two that try at once one succeeds. `mode` is less what the process masks.
 */
export async function createExclusive(path: string, text: string, mode = 0o666): Promise<boolean> {
  const temporary = temporaryPath(path);
  try {
    await writeSynced(temporary, text, mode);
    await link(temporary, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}

const temporaryPath = (path: string) => join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`);

/** Whether a folder entry is what `createExclusive` or an atomic write left behind when it was killed. */
export const isTemporary = (name: string) => name.startsWith('.') && name.endsWith('.tmp');

async function writeSynced(path: string, text: string, mode: number): Promise<void> {
  const file = await open(path, 'wx', mode);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}
