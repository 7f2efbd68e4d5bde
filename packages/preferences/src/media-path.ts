import { createHash } from 'node:crypto';
import { open, readdir, realpath, stat } from 'node:fs/promises';
import { basename, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { MediaError } from './source.js';

/** Larger files are refused unread. */
export const maxMediaBytes = 64 * 2 ** 20;

/** Where content-addressed media lie, beside the file that names them: `<sha256>` or `<sha256>.<extension>`. */
export const mediaFolders = ['media', 'images'] as const;

const sha256Pattern = /^[0-9a-f]{64}$/;

export function isSha256(address: string): boolean {
  return sha256Pattern.test(address);
}

/**
 * The real path of a file named by a record, which must lie in `folder` once all symbolic links are followed. Throws `MediaError`
 * for a path that leaves the folder, for one that is absolute or not plain, and for a file that is not there.
 */
export async function resolveInside(folder: string, path: string): Promise<string> {
  const lexical = resolve(folder, path);
  // Windows separators and drives are refused everywhere, so that a set means the same on every system.
  if (/[\0\\]|^[a-zA-Z]:/.test(path) || path.startsWith('/') || !isWithin(folder, lexical)) {
    throw new MediaError(
      'outside-folder',
      `${JSON.stringify(path)} is not a path inside ${basename(resolve(folder))}/: expected a relative path with "/", without ".." out of it`,
    );
  }
  const real = await realpath(lexical).catch((error: NodeJS.ErrnoException) => {
    throw new MediaError('missing-file', missing(path, error.code));
  });
  if (!isWithin(await realpath(folder), real)) {
    throw new MediaError(
      'outside-folder',
      `${path} is a symbolic link that leaves ${basename(resolve(folder))}/: copy the file in`,
    );
  }
  // Also keeps a named pipe, which would block on opening, from ever being opened.
  if (!(await stat(real)).isFile()) throw new MediaError('missing-file', `${path} is not a file`);
  return real;
}

/** A file's bytes, refused above `maxMediaBytes`. `name` is what an error calls it. */
export async function readMedia(path: string, name: string): Promise<Uint8Array> {
  const file = await open(path).catch((error: NodeJS.ErrnoException) => {
    throw new MediaError('missing-file', missing(name, error.code));
  });
  try {
    const stats = await file.stat();
    if (stats.size > maxMediaBytes)
      throw new MediaError('too-big', `${name} has ${stats.size} bytes; the limit is ${maxMediaBytes}`);
    return new Uint8Array(await file.readFile());
  } finally {
    await file.close();
  }
}

/** Media addressed by their sha256 in the folders beside `folder`'s files, listed once, on first use. */
export function contentStore(folder: string) {
  let listed: Promise<Map<string, string>> | undefined;
  const find = async (sha256: string): Promise<string> => {
    listed ??= listContent(folder);
    const path = (await listed).get(sha256);
    if (path) return resolveInside(folder, path);
    throw new MediaError('missing-file', `no file ${sha256} in ${mediaFolders.map((name) => `${name}/`).join(' or ')}`);
  };
  const load = async (sha256: string): Promise<Uint8Array> => {
    const bytes = await readMedia(await find(sha256), sha256);
    const found = sha256Of(bytes);
    if (found === sha256) return bytes;
    throw new MediaError('bad-row', `the file named ${sha256} has the sha256 ${found}: it was changed or cut short`);
  };
  return { find, load };
}

export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** `folder`'s address of a path below it, always with "/". */
export function addressIn(folder: string, path: string): string {
  return relative(folder, path).split(sep).join('/');
}

async function listContent(folder: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const name of mediaFolders) {
    for (const file of await readdir(join(folder, name)).catch(() => [])) {
      const stem = file.replace(/\.[^.]*$/, '');
      if (isSha256(stem)) found.set(stem, `${name}/${file}`);
    }
  }
  return found;
}

/** Whether a path, neither side's links followed, lies below a folder. */
function isWithin(folder: string, path: string): boolean {
  const from = relative(folder, path);
  return from !== '' && from !== '..' && !from.startsWith(`..${sep}`) && !isAbsolute(from);
}

function missing(name: string, code: string | undefined): string {
  return code === 'ENOENT' || code === 'ENOTDIR' ? `${name} is not there` : `${name} cannot be opened (${code})`;
}
