import { inArray, sql } from 'drizzle-orm';
import type { MediaStore } from '../media/media-store.js';
import { mediaTypeOf } from '../media/media-type.js';
import { sha256Of } from '../media-path.js';
import type { CandidateKind } from '../record.js';
import { MediaError } from '../source.js';
import type { Store } from './open.js';
import { rowsOf } from './record.js';
import { media as mediaTable } from './schema.js';

export interface KeptMedia {
  readonly sha256: string;
  /** Media type, such as `image/png`. */
  readonly type: string;
}

/** A file to be kept; its kind is `image` unless said. */
export interface NewMedia {
  readonly bytes: Uint8Array;
  readonly kind?: Exclude<CandidateKind, 'text'> | undefined;
}

/** The types that a kind of candidate may have: containers of video also hold sound alone. */
const typesOf = { image: /^image\//, audio: /^(audio\/|video\/(mp4|webm))/, video: /^video\// } as const;

/**
 * Keeps files as media: in the table by their type and size, and in the media store. The row comes first: who collects what nobody
 * refers to holds rows while it deletes their files, so nothing that is kept meanwhile is lost.
 *
 * @throws MediaError for the first that is not of its kind; none is kept then
 */
export async function keepMedia(store: Store, media: MediaStore, files: readonly NewMedia[]): Promise<KeptMedia[]> {
  const kept = files.map(({ bytes, kind }) => ({ sha256: sha256Of(bytes), type: checkedType(bytes, kind), bytes }));
  const rows = [...new Map(kept.map((one) => [one.sha256, one])).values()];
  if (rows.length === 0) return [];
  await store.db
    .insert(mediaTable)
    // In order, so that two who keep the same files at once do not wait for each other.
    .values(rows.map(({ sha256, type, bytes }) => ({ sha256, type, bytes: bytes.length })).toSorted(bySha256))
    .onConflictDoUpdate({ target: mediaTable.sha256, set: { createdAt: sql`now()` } });
  await Promise.all(rows.map(({ bytes }) => media.put(bytes)));
  return kept.map(({ sha256, type }) => ({ sha256, type }));
}

const bySha256 = (a: { sha256: string }, b: { sha256: string }) => (a.sha256 < b.sha256 ? -1 : 1);

function checkedType(bytes: Uint8Array, kind: NewMedia['kind']): string {
  const type = mediaTypeOf(bytes);
  if (type !== null && typesOf[kind ?? 'image'].test(type)) return type;
  const found = type === null ? `begins with ${Buffer.from(bytes.subarray(0, 8)).toString('hex')}` : `is ${type}`;
  if (kind === undefined)
    throw new MediaError(
      'not-an-image',
      `a file of ${bytes.length} bytes that ${found}: not a PNG, JPEG, WebP, AVIF, GIF or TIFF`,
    );
  throw new MediaError('bad-record', `a file of ${bytes.length} bytes that ${found}, but the record calls it ${kind}`);
}

/** Long enough for an import, or a person, to refer to what was kept first. */
const grace = '1 day';

/**
 * Deletes media that no comparison and no task refers to and that were last kept over a day ago. Returns how many.
 * What snapshots have is theirs, and stays.
 */
export async function collectMedia(store: Store, media: MediaStore, olderThan: string = grace): Promise<number> {
  return store.db.transaction(async (transaction) => {
    const unused = rowsOf<{ sha256: string }>(
      await transaction.execute(sql`
        with used as (
          select candidate ->> 'media' as sha256 from comparisons, jsonb_array_elements(candidates) as candidate
          union select candidate ->> 'media' from tasks, jsonb_array_elements(candidates) as candidate)
        select sha256 from ${mediaTable}
        where created_at < now() - ${olderThan}::interval and not exists (select from used where used.sha256 = media.sha256)
        for update`),
    ).map(({ sha256 }) => sha256);
    for (let start = 0; start < unused.length; start += batch) {
      const some = unused.slice(start, start + batch);
      await transaction.delete(mediaTable).where(inArray(mediaTable.sha256, some));
      for (const sha256 of some) await media.delete(sha256);
    }
    return unused.length;
  });
}

const batch = 1000;
