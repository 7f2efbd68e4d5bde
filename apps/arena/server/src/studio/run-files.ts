import { constants } from 'node:fs';
import { type FileHandle, open, realpath } from 'node:fs/promises';
import { join } from 'node:path';

interface FileKind {
  /** The whole of its path within the run's folder. */
  readonly pattern: RegExp;
  readonly type: string;
  /** Kept rather than shown. */
  readonly download?: true;
}

/**
 * What a page that a run wrote may do: run its own scripts, in an origin of its own, which can reach neither this server's pages
 * nor the network.
 */
export const pagePolicy = [
  'sandbox allow-scripts',
  "default-src 'none'",
  "script-src 'unsafe-inline'",
  "style-src 'unsafe-inline'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'self'",
].join('; ');

/** The files of a run that are served, and no others. */
const served: readonly FileKind[] = [
  { pattern: /^(pytorch_lora_weights|lora_kohya)\.safetensors$/, type: 'application/octet-stream', download: true },
  { pattern: /^(report|validation\/index)\.html$/, type: 'text/html; charset=utf-8' },
  { pattern: /^validation\/step-\d{6,9}\.png$/, type: 'image/png' },
  { pattern: /^validation\/(base|step-\d{6,9})\/\d{2,6}\.png$/, type: 'image/png' },
  { pattern: /^(log\.txt|run\.yaml)$/, type: 'text/plain; charset=utf-8' },
];

export interface RunFile {
  readonly file: FileHandle;
  readonly size: number;
  readonly modified: Date;
  readonly type: string;
  readonly download: boolean;
}

/** Opens a file of a run that may be served; null for one that may not, that is not there, or that a symbolic link leads to. */
export async function openRunFile(folder: string, path: string): Promise<RunFile | null> {
  const kind = served.find(({ pattern }) => pattern.test(path));
  if (!kind) return null;
  const full = join(await realpath(folder), path);
  if ((await realpath(full).catch(() => null)) !== full) return null;
  // Not followed, should it have become a link since; not waited for, should it have become a pipe.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const file = await open(full, flags).catch(() => null);
  if (!file) return null;
  const stats = await file.stat();
  if (stats.isFile())
    return { file, size: stats.size, modified: stats.mtime, type: kind.type, download: kind.download ?? false };
  await file.close();
  return null;
}
