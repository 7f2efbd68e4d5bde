/** What the first bytes of a file say that it is. `at` is where `bytes` stand; a row matches when all of its pairs do. */
interface Signature {
  readonly type: string;
  readonly bytes: readonly (readonly [at: number, bytes: string])[];
}

/** The media that a candidate may be. SVG and HTML are left out: they can hold scripts. */
const signatures: readonly Signature[] = [
  { type: 'image/png', bytes: [[0, '\x89PNG\r\n\x1a\n']] },
  { type: 'image/jpeg', bytes: [[0, '\xff\xd8\xff']] },
  {
    type: 'image/webp',
    bytes: [
      [0, 'RIFF'],
      [8, 'WEBP'],
    ],
  },
  { type: 'image/gif', bytes: [[0, 'GIF8']] },
  { type: 'image/tiff', bytes: [[0, 'II*\0']] },
  { type: 'image/tiff', bytes: [[0, 'MM\0*']] },
  { type: 'image/avif', bytes: [[4, 'ftypavif']] },
  { type: 'image/avif', bytes: [[4, 'ftypavis']] },
  {
    type: 'audio/wav',
    bytes: [
      [0, 'RIFF'],
      [8, 'WAVE'],
    ],
  },
  { type: 'audio/flac', bytes: [[0, 'fLaC']] },
  { type: 'audio/mpeg', bytes: [[0, 'ID3']] },
  { type: 'audio/mpeg', bytes: [[0, '\xff\xfb']] },
  { type: 'audio/mpeg', bytes: [[0, '\xff\xf3']] },
  { type: 'audio/aac', bytes: [[0, '\xff\xf1']] },
  { type: 'audio/aac', bytes: [[0, '\xff\xf9']] },
  { type: 'audio/ogg', bytes: [[0, 'OggS']] },
  { type: 'audio/mp4', bytes: [[4, 'ftypM4A']] },
  { type: 'video/quicktime', bytes: [[4, 'ftypqt']] },
  { type: 'video/mp4', bytes: [[4, 'ftyp']] },
  { type: 'video/webm', bytes: [[0, '\x1a\x45\xdf\xa3']] },
];

/** The media type of a file by its first bytes, or null where it is none that a candidate may have. */
export function mediaTypeOf(bytes: Uint8Array): string | null {
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 16)).toString('latin1');
  const match = signatures.find((signature) => signature.bytes.every(([at, text]) => start.startsWith(text, at)));
  return match?.type ?? null;
}
