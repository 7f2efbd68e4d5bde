import { mkdir, open, readFile, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { writeFileAtomic } from '@bradley/formats';
import { isSha256, sha256Of } from '../media-path.js';
import { MediaError } from '../source.js';
import type { MediaStore } from './media-store.js';

/** Media in a folder: `ab/abcd…`, by the first two digits, so that no folder holds more entries than a file system likes. */
export function folderMedia(folder: string): MediaStore {
  const pathOf = (sha256: string): string => {
    if (!isSha256(sha256)) throw new MediaError('missing-file', `${JSON.stringify(sha256)} is not a sha256 in hex`);
    return join(folder, sha256.slice(0, 2), sha256);
  };
  const checked = (sha256: string, bytes: Uint8Array): Uint8Array => {
    if (sha256Of(bytes) === sha256) return bytes;
    throw new MediaError('bad-row', `${pathOf(sha256)}: its bytes have another sha256: it was changed or cut short`);
  };
  return {
    where: folder,
    async put(bytes) {
      const sha256 = sha256Of(bytes);
      const path = pathOf(sha256);
      if ((await stat(path).catch(() => null))?.size === bytes.length) return sha256;
      await mkdir(dirname(path), { recursive: true });
      await writeFileAtomic(path, bytes);
      return sha256;
    },
    async get(sha256) {
      const bytes = await readFile(pathOf(sha256)).catch(nullWhereNone);
      return bytes && checked(sha256, bytes);
    },
    async part(sha256, start, end) {
      const file = await open(pathOf(sha256)).catch(nullWhereNone);
      if (file === null) return null;
      try {
        const { size } = await file.stat();
        const bytes = Buffer.alloc(Math.max(0, Math.min(end, size) - start));
        const { bytesRead } = await file.read(bytes, 0, bytes.length, start);
        const isWhole = start === 0 && end >= size;
        return { bytes: isWhole ? checked(sha256, bytes) : bytes.subarray(0, bytesRead), size };
      } finally {
        await file.close();
      }
    },
    delete: (sha256) => rm(pathOf(sha256), { force: true }),
  };
}

function nullWhereNone(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null;
  throw error;
}
