import type { FileHandle } from 'node:fs/promises';
import { fromRandomAccessReaderPromise, RandomAccessReader, type ZipFile } from 'yauzl';
import { TorchFileError } from './torch-file-error.js';

/** Where the bytes of a file in an archive lie; `offset` counts from the start of the archive. */
export interface ZipRange {
  readonly offset: number;
  readonly byteLength: number;
  /** Neither compressed nor encrypted: the bytes are there as they are. */
  readonly stored: boolean;
}

/** More than a file of torch.save ever has: one for each tensor, and a few. */
const maxEntries = 200_000;

/**
 * The files in a zip archive by name: where their bytes lie. None is read.
 * @throws TorchFileError for an archive that is damaged, or has a file twice
 */
export async function zipEntries(path: string, file: FileHandle, size: number): Promise<Map<string, ZipRange>> {
  const entries = new Map<string, ZipRange>();
  try {
    const zip: ZipFile = await fromRandomAccessReaderPromise(new Within(file, size), size);
    for await (const entry of zip.eachEntry()) {
      const { fileName: name, compressionMethod, uncompressedSize: byteLength } = entry;
      if (entries.size >= maxEntries) throw new Error(`it has more than ${maxEntries} files in it`);
      if (entries.has(name)) throw new Error(`it has '${name}' twice`);
      const { fileDataStart: offset } = await zip.readLocalFileHeaderPromise(entry, { minimal: true });
      entries.set(name, { offset, byteLength, stored: compressionMethod === 0 && !entry.isEncrypted() });
    }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new TorchFileError(`${path}: not a whole file of torch.save: ${reason}. Download it again.`, { cause });
  }
  return entries;
}

/** Reads from an opened file, and nowhere but in it. */
class Within extends RandomAccessReader {
  constructor(
    private readonly file: FileHandle,
    private readonly size: number,
  ) {
    super();
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    done: (error: Error | null, bytesRead?: number) => void,
  ): void {
    if (!Number.isSafeInteger(position) || position < 0 || position + length > this.size)
      return void process.nextTick(done, new Error(`it speaks of byte ${position + length} but has ${this.size}`));
    this.file.read(buffer, offset, length, position).then(
      ({ bytesRead }) => done(null, bytesRead),
      (error: Error) => done(error),
    );
  }

  override close(done: (error: Error | null) => void): void {
    done(null); // whoever opened the file closes it
  }
}
