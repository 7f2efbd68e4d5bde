import { decodeImage, ImageError } from '@bradley/formats';
import { mediaTypeOf } from '@bradley/preferences';
import { Refusal } from '../refusal.js';

type Check = (bytes: Uint8Array) => Promise<string | null> | string | null;

/** What may be uploaded, and what is wrong with the bytes of one, or null. Pictures are decoded whole; sound and video are walked. */
const checks: Readonly<Record<string, Check>> = {
  'image/png': decodes,
  'image/jpeg': decodes,
  'image/webp': decodes,
  'image/gif': decodes,
  'image/avif': decodes,
  'audio/mpeg': hasMpegFrame,
  'audio/wav': isWholeWav,
  'audio/ogg': (bytes) => (bytes.length > 58 && bytes[4] === 0 ? null : 'it ends within its first page'),
  'audio/flac': (bytes) =>
    bytes.length > 42 && (bytes[4] ?? 1) % 128 === 0 ? null : 'it does not begin with STREAMINFO',
  'audio/mp4': hasWholeBoxes,
  'video/mp4': hasWholeBoxes,
  'video/webm': (bytes) => (textOf(bytes.subarray(0, 64)).includes('webm') ? null : 'its document type is not webm'),
};

/** A picture of 40 megapixels takes 120 MB while it is decoded, and two are at a time. */
const maxPixels = 40_000_000;
const atOnce = 2;

/**
 * The type of a file by its bytes, where it may be uploaded and is whole.
 *
 * @throws Refusal saying what is wrong with it
 */
export async function inspectUpload(bytes: Uint8Array): Promise<string> {
  const type = mediaTypeOf(bytes);
  const check = type === null ? undefined : checks[type];
  if (type === null || check === undefined)
    throw new Refusal(
      415,
      'bad-media',
      `Expected one of ${Object.keys(checks).join(', ')}; by its bytes it is ${type ?? 'none of those'}.`,
    );
  const wrong = markup.test(textOf(bytes)) ? 'it has HTML or SVG in it' : await check(bytes);
  if (wrong !== null) throw new Refusal(415, 'bad-media', `It looks like ${type}, but ${wrong}.`);
  return type;
}

/** What would make a page of it, were it ever taken for one. */
const markup = /<(?:!doctype|html|head|body|script|iframe|svg)[\s>]/i;

const textOf = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');

let decoding: readonly Promise<unknown>[] = Array(atOnce).fill(Promise.resolve());

/** One after the other in each of a few lanes: many large pictures at once do not fill the memory. */
async function decodes(bytes: Uint8Array): Promise<string | null> {
  const [lane, ...others] = decoding;
  const decoded = (lane ?? Promise.resolve()).then(() => decodeImage(bytes, { maxPixels, name: 'the upload' }));
  decoding = [...others, decoded.catch(() => {})];
  try {
    await decoded;
    return null;
  } catch (error) {
    if (error instanceof ImageError) return error.message;
    throw error;
  }
}

function isWholeWav(bytes: Uint8Array): string | null {
  const said = viewOf(bytes).getUint32(4, true) + 8;
  return said <= bytes.length + 1 ? null : `it says ${said} bytes and has ${bytes.length}`;
}

/** MPEG audio: after an ID3 tag, whose size is in four times seven bits, a frame begins with eleven ones. */
function hasMpegFrame(bytes: Uint8Array): string | null {
  const tagged = textOf(bytes.subarray(0, 3)) === 'ID3';
  const start = tagged ? [6, 7, 8, 9].reduce((size, at) => size * 128 + (bytes[at] ?? 0), 0) + 10 : 0;
  const head = bytes.subarray(start, start + 4096);
  const found = head.some((byte, at) => byte === 0xff && ((head[at + 1] ?? 0) & 0xe0) === 0xe0);
  return found ? null : 'no frame of sound was found after its tag';
}

/** A film of five hours in fragments of a second has two a fragment. */
const mostBoxes = 50_000;

/** ISO base media: boxes of a stated size, one after the other to the end, one of them `moov`. */
function hasWholeBoxes(bytes: Uint8Array): string | null {
  const view = viewOf(bytes);
  const kinds = new Set<string>();
  let boxes = 0;
  for (let at = 0; at < bytes.length; ) {
    if (++boxes > mostBoxes) return `it has more than ${mostBoxes} boxes`;
    if (at + 8 > bytes.length) return 'it ends within a box';
    const short = view.getUint32(at);
    const size =
      short === 1 && at + 16 <= bytes.length ? Number(view.getBigUint64(at + 8)) : short || bytes.length - at;
    if (size < 8 || at + size > bytes.length) return `the box at byte ${at} goes past the end`;
    kinds.add(textOf(bytes.subarray(at + 4, at + 8)));
    at += size;
  }
  return kinds.has('moov') ? null : 'it has no moov box';
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
