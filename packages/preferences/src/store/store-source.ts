import type { MediaStore } from '../media/media-store.js';
import { isRemote, notLocal } from '../media-address.js';
import { isSha256 } from '../media-path.js';
import { type ComparisonSource, MediaError } from '../source.js';
import { type ExportOptions, exportComparisons } from './exports.js';
import type { Store } from './open.js';
import { storedTeachers } from './teachers.js';

/** The comparisons of a project as a source, for whatever reads one: a conversion into any format, a check, a training. */
export function storeSource(store: Store, media: MediaStore, options: ExportOptions): ComparisonSource {
  const path = `${store.where}#${options.projectId}`;
  return {
    path,
    format: 'store',
    async *[Symbol.asyncIterator]() {
      for await (const record of exportComparisons(store, options)) yield { where: `${path}|${record.id}`, record };
    },
    teachers: () => storedTeachers(store),
    async loadMedia({ media: address, kind }) {
      if (kind === 'text') return new TextEncoder().encode(address);
      if (isRemote(address)) throw notLocal(address);
      const bytes = isSha256(address) ? await media.get(address) : null;
      if (bytes) return bytes;
      throw new MediaError('missing-file', `${address} is not in ${media.where}`);
    },
  };
}
