import { type Tensor, tensorBytes } from '@bradley/formats';
import type { ContentCache } from './content-cache.js';

/**
 * A cache whose entries stay in memory after they were made or read, those asked for last, `limit` bytes at most. The arrays are
 * shared by all who ask: nobody may write into them.
 */
export function rememberingCache(cache: ContentCache, limit: number): ContentCache {
  const remembered = new Map<string, Map<string, Tensor>>(); // the one asked for longest ago first
  let held = 0;
  return {
    async get(key, make) {
      const known = remembered.get(key);
      const tensors = known ?? (await cache.get(key, make));
      if (!remembered.delete(key)) held += bytesOf(tensors);
      remembered.set(key, tensors);
      for (const [oldest, of] of remembered) {
        if (held <= limit) break;
        remembered.delete(oldest);
        held -= bytesOf(of);
      }
      return tensors;
    },
  };
}

const bytesOf = (tensors: ReadonlyMap<string, Tensor>): number =>
  [...tensors.values()].reduce((total, tensor) => total + tensorBytes(tensor).byteLength, 0);
