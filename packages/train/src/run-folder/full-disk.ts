import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';

/** A disk, or a quota on it, is full. The run can go on from its last checkpoint once there is room. */
export class FullDiskError extends Error {
  override readonly name = 'FullDiskError';
}

/** Turns the error of a full disk into one that says what was lost and what to do; any other is returned as it is. */
export async function explainFullDisk(error: unknown, path: string, lost: string): Promise<unknown> {
  const code = (error as NodeJS.ErrnoException).code;
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return error;
  const free = await statfs(dirname(path)).then(
    ({ bavail, bsize }) => `${Math.floor((bavail * bsize) / 2 ** 20)} MiB are free there. `,
    () => '',
  );
  const reason = code === 'ENOSPC' ? 'the disk is full' : 'the disk quota is used up';
  return new FullDiskError(`${path}: ${reason}, ${lost}. ${free}Make room, then resume the run.`, { cause: error });
}
