import { mkdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type CachedRepository, linkBlob, requireSpace, snapshotFolder } from './cache.js';
import { downloadBlob } from './download.js';
import { partialBytes } from './partial-file.js';
import type { HubContext, RemoteFile } from './repository.js';

/** How far a download is, in bytes of all its files, those that were there already included. */
export interface DownloadProgress {
  /** The file that bytes arrive of. */
  readonly file: string;
  readonly doneBytes: number;
  readonly totalBytes: number;
}

export interface RepositoryFiles extends HubContext {
  readonly repository: string;
  readonly commit: string;
  readonly cached: CachedRepository;
  readonly listed: ReadonlyMap<string, RemoteFile>;
}

/** Reads a small file of a repository, by way of the cache. */
export async function readRemoteJson(files: RepositoryFiles, path: string): Promise<unknown> {
  const text = await readFile(await fetchBlob(files, fileNamed(files, path), () => undefined), 'utf8');
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error(`${files.subject}: ${path} is not JSON: ${(cause as Error).message}`, { cause });
  }
}

/**
 * Fetches files of a repository into its snapshot. They appear there in the order given, when all have arrived.
 * @throws Error before it begins, when the disk has no room for them
 */
export async function fetchFiles(
  files: RepositoryFiles,
  paths: readonly string[],
  onProgress: (progress: DownloadProgress) => void,
): Promise<void> {
  const { cached, commit } = files;
  const wanted = paths.map((path) => fileNamed(files, path));
  await mkdir(cached.blobs, { recursive: true });
  const unique = [...new Map(wanted.map((file) => [file.hash, file])).values()];
  const present = await Promise.all(unique.map((file) => bytesThere(cached.blobs, file)));
  const totalBytes = unique.reduce((total, { size }) => total + size, 0);
  await requireSpace(cached.blobs, totalBytes - present.reduce((total, bytes) => total + bytes, 0));

  const blobs = new Map<string, string>();
  let before = 0;
  for (const file of unique) {
    const onBytes = (bytes: number): void => onProgress({ file: file.path, doneBytes: before + bytes, totalBytes });
    blobs.set(file.hash, await fetchBlob(files, file, onBytes));
    before += file.size;
  }
  const snapshot = snapshotFolder(cached, commit);
  for (const { path, hash } of wanted) await linkBlob(blobs.get(hash) as string, snapshot, path);
}

function fileNamed({ listed, subject, commit }: RepositoryFiles, path: string): RemoteFile {
  const file = listed.get(path);
  if (file !== undefined) return file;
  const some = [...listed.keys()].filter((name) => name.endsWith('.safetensors')).slice(0, 10);
  throw new Error(
    `${subject}: there is no ${path} in it at ${commit}. Of safetensors it has ${some.join(', ') || 'none'}.`,
  );
}

async function fetchBlob(files: RepositoryFiles, file: RemoteFile, onBytes: (bytes: number) => void): Promise<string> {
  const { cached, repository, commit, settings } = files;
  await mkdir(cached.blobs, { recursive: true });
  const path = file.path.split('/').map(encodeURIComponent).join('/');
  const address = new URL(`${settings.endpoint}/${repository}/resolve/${commit}/${path}`);
  return downloadBlob(file, { ...files, blobs: cached.blobs, address, onBytes });
}

async function bytesThere(blobs: string, { hash, size }: RemoteFile): Promise<number> {
  const whole = (await stat(join(blobs, hash)).catch(() => null))?.size;
  return whole === size ? size : Math.min(size, await partialBytes(blobs, hash));
}
