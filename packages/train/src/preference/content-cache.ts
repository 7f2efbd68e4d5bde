import { createHash } from 'node:crypto';
import { mkdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readSafetensors, SafetensorsError, type Tensor, tensorBytes, writeSafetensors } from '@bradley/formats';
import type { StoredTensor } from '@bradley/models';

/**
 * Tensors on disk, found again by what they were made from: a second run on the same pictures encodes nothing. An entry is
 * written whole or not at all; one that is damaged, if only by a bit, is made again.
 */
export interface ContentCache {
  get(key: string, make: () => Promise<Map<string, Tensor>>): Promise<Map<string, Tensor>>;
}

export function contentCache(folder: string): ContentCache {
  return {
    async get(key, make) {
      const path = join(folder, entryPath(key));
      try {
        const { tensors, metadata } = await readSafetensors(path);
        if (metadata.sha256 === hashOf(tensors)) return tensors;
      } catch (error) {
        if (!(error instanceof SafetensorsError)) throw error;
      }
      const tensors = await make();
      await mkdir(dirname(path), { recursive: true });
      await writeSafetensors(path, tensors, { sha256: hashOf(tensors) });
      return tensors;
    },
  };
}

/** Where an entry lies in the folder of its cache. */
export const entryPath = (key: string): string => join(key.slice(0, 2), `${key}.safetensors`);

/** Of names, types, shapes and bytes: an entry carries it, since a key says only what the entry was made from. */
function hashOf(tensors: ReadonlyMap<string, Tensor>): string {
  const sorted = [...tensors].sort(([a], [b]) => (a < b ? -1 : 1));
  return cacheKey(
    ...sorted.flatMap(([name, tensor]) => [`${name} ${tensor.dtype} ${tensor.shape.join()}`, tensorBytes(tensor)]),
  );
}

/** A key over everything that an entry depends on. */
export function cacheKey(...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) {
    const bytes = typeof part === 'string' ? Buffer.from(part) : part; // not copied: pictures are large
    hash.update(`${bytes.length}:`).update(bytes);
  }
  return hash.digest('hex');
}

/** Changes when the files of a network change: their paths, sizes and times, and its config. */
export async function fingerprint(tensors: ReadonlyMap<string, StoredTensor>, config: object): Promise<string> {
  const files = [...new Set([...tensors.values()].map(({ file }) => file))].sort();
  const facts = await Promise.all(
    files.map(async (file) => {
      const { size, mtimeMs } = await stat(file);
      return `${file} ${size} ${mtimeMs}`;
    }),
  );
  return cacheKey(...facts, JSON.stringify(config));
}
