import { mkdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/**
 * The absolute path of an output that is to be made, with its folder made. Nothing that lies there is ever replaced.
 * @throws Error naming it, where there is something already
 */
export async function newPath(path: string): Promise<string> {
  const target = resolve(path);
  const taken = await stat(target).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code !== 'ENOENT',
  );
  if (taken) throw new Error(`${target} exists already. Name one that does not, or remove it.`);
  await mkdir(dirname(target), { recursive: true });
  return target;
}
