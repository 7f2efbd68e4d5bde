import type { MediaStore } from '../media/media-store.js';
import { isRemote } from '../media-address.js';
import type { Candidate } from '../record.js';
import { type ComparisonSource, MediaError, type Refusal, refusalOf } from '../source.js';
import type { ImportRow } from './import-batch.js';
import { keepMedia } from './media.js';
import type { Store } from './open.js';

/** A row whose media are kept. */
export interface TakenRow extends ImportRow {
  /** Of texts and media, for the size of a batch. */
  readonly bytes: number;
  /** Candidates whose media stayed on the network. */
  readonly remote: number;
}

/**
 * Puts the media of rows into the store; their records name them by sha256 then. Texts stay in the record, and of what is on the network
 * the address does. A row of which one candidate cannot be had, or is not what it should be, is refused.
 */
export async function takeMedia(
  store: Store,
  media: MediaStore,
  source: ComparisonSource,
  rows: readonly ImportRow[],
): Promise<(TakenRow | Refusal)[]> {
  const loaded = await Promise.all(
    rows.map((row) => (row.record.candidates.some(isLocal) ? loadRow(source, row) : { row, files: [] })),
  );
  return Promise.all(
    loaded.map(async (one) => {
      if ('refused' in one) return one;
      const { row, files } = one;
      try {
        return files.length === 0 ? taken(row, row.record.candidates) : await keepRow(store, media, row, files);
      } catch (error) {
        return refusalOf(row.where, error);
      }
    }),
  );
}

const isLocal = ({ media, kind }: Candidate): boolean => kind !== 'text' && !isRemote(media);

type Loaded = { readonly row: ImportRow; readonly files: readonly { at: number; bytes: Uint8Array }[] };

async function loadRow(source: ComparisonSource, row: ImportRow): Promise<Loaded | Refusal> {
  try {
    const files = [];
    for (const [at, candidate] of row.record.candidates.entries())
      if (isLocal(candidate)) files.push({ at, bytes: await source.loadMedia(candidate) });
    return { row, files };
  } catch (error) {
    if (error instanceof MediaError) return refusalOf(row.where, error);
    throw error;
  }
}

async function keepRow(store: Store, media: MediaStore, row: ImportRow, files: Loaded['files']): Promise<TakenRow> {
  const { candidates } = row.record;
  const kinds = candidates.map(({ kind }) => (kind === 'text' ? undefined : kind));
  const kept = await keepMedia(
    store,
    media,
    files.map(({ at, bytes }) => ({ bytes, kind: kinds[at] })),
  );
  const named = [...candidates];
  for (const [index, { at }] of files.entries()) {
    const [candidate, one] = [candidates[at], kept[index]];
    if (candidate && one) named[at] = { ...candidate, media: one.sha256 };
  }
  return taken(
    row,
    named,
    files.reduce((sum, { bytes }) => sum + bytes.length, 0),
  );
}

function taken({ where, record }: ImportRow, candidates: Candidate[], files = 0): TakenRow {
  const texts = candidates.reduce((sum, { media }) => sum + media.length, record.prompt.length);
  const remote = candidates.filter((candidate) => candidate.kind !== 'text' && isRemote(candidate.media)).length;
  return {
    where,
    record: candidates === record.candidates ? record : { ...record, candidates },
    bytes: files + texts,
    remote,
  };
}
