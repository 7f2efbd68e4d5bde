import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { runIdSchema } from '@bradley/arena-contract';

/**
 * The folder of a run, or null where there is none of that name. A run is a folder in the folder of runs itself: a name that leads
 * elsewhere, by its letters or by a symbolic link, is no run.
 */
export async function findRunFolder(runs: string, id: string): Promise<string | null> {
  if (!runIdSchema.safeParse(id).success) return null;
  const folder = join(runs, id);
  const isReal = async (path: string, kind: 'isDirectory' | 'isFile'): Promise<boolean> =>
    (await lstat(path).catch(() => null))?.[kind]() ?? false;
  return (await isReal(folder, 'isDirectory')) && (await isReal(join(folder, 'run.yaml'), 'isFile')) ? folder : null;
}
