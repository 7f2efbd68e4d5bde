import type { CandidateKind } from './record.js';

/** The endings of files that are taken for candidates, each with what it is; whether it is shows when it is decoded. */
const endings: Readonly<Record<string, CandidateKind | 'image'>> = {
  png: 'image',
  jpg: 'image',
  jpeg: 'image',
  webp: 'image',
  avif: 'image',
  gif: 'image',
  tif: 'image',
  tiff: 'image',
  mp4: 'video',
  webm: 'video',
  mov: 'video',
  mkv: 'video',
  wav: 'audio',
  mp3: 'audio',
  flac: 'audio',
  ogg: 'audio',
  m4a: 'audio',
};

const endingPattern = new RegExp(`\\.(${Object.keys(endings).join('|')})$`, 'i');

/** The name without the ending of a media file, or undefined where it has none. */
export function mediaStem(file: string): string | undefined {
  const stem = file.replace(endingPattern, '');
  return stem === file || stem === '' ? undefined : stem;
}

/** Whether a text reads as the address of a media file, not as a text that was judged. */
export function looksLikeMedia(value: string): boolean {
  if (value.length > 2000) return /^data:(image|audio|video)\//.test(value);
  return (
    /^(https?:\/\/\S+|data:(image|audio|video)\/.*|[0-9a-f]{64})$/.test(value) ||
    (/^[^\n]+$/.test(value) && endingPattern.test(value))
  );
}

/** `{ kind }` of a media file by its ending or data: URI; nothing for a picture, which needs none. */
export function kindOfFile(address: string): { kind?: CandidateKind } {
  const type = /^data:(\w+)\//.exec(address)?.[1] ?? endings[endingPattern.exec(address)?.[1]?.toLowerCase() ?? ''];
  return type === 'audio' || type === 'video' ? { kind: type } : {};
}
