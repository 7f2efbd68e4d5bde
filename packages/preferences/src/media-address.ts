import { contentStore, isSha256, maxMediaBytes, readMedia, resolveInside } from './media-path.js';
import type { Candidate } from './record.js';
import { MediaError, type Row, refusalOf } from './source.js';

/** An address on the network, or a uid of some collection, `uid:…`: a record may have it, and it is never fetched. */
const remotePattern = /^(?:[a-z][a-z0-9+.-]+:\/\/|uid:)/i;
const dataPattern = /^data:[^,]*?(;base64)?,/i;

export function isRemote(address: string): boolean {
  return remotePattern.test(address);
}

export function isDataUri(address: string): boolean {
  return dataPattern.test(address);
}

export function notLocal(address: string): MediaError {
  return new MediaError(
    'not-local',
    `${address.slice(0, 200)} is not on this machine, and nothing is fetched: download the files and name them by path`,
  );
}

/** The media that the records of a file in `folder` name. */
export interface MediaBeside {
  /** The bytes of a candidate; of a text, its UTF-8. Throws `MediaError`. */
  load(candidate: Candidate): Promise<Uint8Array>;
  /** The row, or its refusal where a file that it names is not there or may not be read. Remote addresses pass. */
  checked(row: Row): Promise<Row>;
}

/**
 * Media by path relative to `folder` and inside it, by sha256 in its `media/` or `images/`, or in the record itself as a data: URI. Remote
 * addresses are refused by `load`, with the problem `not-local`.
 */
export function mediaBeside(folder: string): MediaBeside {
  const store = contentStore(folder);
  const check = async ({ media, kind }: Candidate) => {
    if (kind === 'text' || isRemote(media) || isDataUri(media)) return;
    await (isSha256(media) ? store.find(media) : resolveInside(folder, media));
  };
  return {
    async load({ media, kind }) {
      if (kind === 'text') return new TextEncoder().encode(media);
      if (isDataUri(media)) return bytesOfDataUri(media);
      if (isRemote(media)) throw notLocal(media);
      return isSha256(media) ? store.load(media) : readMedia(await resolveInside(folder, media), media);
    },
    async checked(row) {
      if (!('record' in row)) return row;
      try {
        for (const candidate of row.record.candidates) await check(candidate);
        return row;
      } catch (error) {
        return refusalOf(row.where, error);
      }
    },
  };
}

function bytesOfDataUri(address: string): Uint8Array {
  const [head = '', base64] = dataPattern.exec(address) ?? [];
  if (address.length > 2 * maxMediaBytes)
    throw new MediaError('too-big', `a data: URI of ${address.length} characters; the limit is ${2 * maxMediaBytes}`);
  const body = address.slice(head.length);
  if (base64 !== undefined) return new Uint8Array(Buffer.from(body, 'base64'));
  try {
    return new TextEncoder().encode(decodeURIComponent(body));
  } catch {
    throw new MediaError('bad-row', `${head}… is not percent-encoded`);
  }
}
