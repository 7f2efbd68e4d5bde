import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';

const pieces = 64;
const pieceBytes = 16_384;

/**
 * A hash that tells files of weights apart wherever they lie: of their sizes and of 64 pieces of 16 KiB, spread over each from
 * its first byte to its last. A file of gigabytes takes milliseconds; training of all weights changes every piece, and of a head at the file's
 * end, where reward models have theirs, the last. What is changed between two pieces alone is not seen.
 */
export async function weightFingerprint(paths: Iterable<string>): Promise<string> {
  const hash = createHash('sha256');
  for (const path of [...new Set(paths)].sort()) {
    const file = await open(path);
    try {
      await addPieces(file, (bytes) => hash.update(bytes));
    } finally {
      await file.close();
    }
  }
  return hash.digest('hex');
}

async function addPieces(file: FileHandle, add: (bytes: Uint8Array | string) => void): Promise<void> {
  const { size } = await file.stat();
  add(`${size} bytes:`);
  const last = Math.max(0, size - pieceBytes);
  const places = new Set(Array.from({ length: pieces }, (_, i) => Math.round((i * last) / (pieces - 1))));
  const bytes = new Uint8Array(pieceBytes);
  for (const place of places) {
    const { bytesRead } = await file.read(bytes, 0, Math.min(pieceBytes, size), place);
    add(bytes.subarray(0, bytesRead));
  }
}
