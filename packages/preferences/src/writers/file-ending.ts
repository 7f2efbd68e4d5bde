/** The first bytes of each kind of media file; a dot stands for any byte. The first row that fits counts. */
const beginnings: readonly (readonly [ending: string, beginning: string])[] = [
  ['png', '\x89PNG'],
  ['jpg', '\xff\xd8\xff'],
  ['gif', 'GIF8'],
  ['webp', 'RIFF....WEBP'],
  ['wav', 'RIFF....WAVE'],
  ['tiff', 'II*\0'],
  ['tiff', 'MM\0*'],
  ['avif', '....ftypavi'],
  ['m4a', '....ftypM4A'],
  ['mov', '....ftypqt'],
  ['mp4', '....ftyp'],
  ['webm', '\x1aE\xdf\xa3'],
  ['flac', 'fLaC'],
  ['ogg', 'OggS'],
  ['mp3', 'ID3'],
  ['mp3', '\xff\xfb'],
  ['mp3', '\xff\xf3'],
  ['mp3', '\xff\xf2'],
];

/** The ending that a file of these bytes should have, by its first ones, or undefined. */
export function fileEnding(bytes: Uint8Array): string | undefined {
  const start = Buffer.from(bytes.subarray(0, 16)).toString('latin1');
  return beginnings.find(([, beginning]) =>
    [...beginning].every((char, index) => (char === '.' ? start.length > index : start[index] === char)),
  )?.[0];
}
