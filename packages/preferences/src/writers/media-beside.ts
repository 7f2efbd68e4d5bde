import { mkdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { writeFileAtomic } from '@bradley/formats';
import { isRemote } from '../media-address.js';
import { mediaFolders, sha256Of } from '../media-path.js';
import type { Candidate } from '../record.js';
import { fileEnding } from './file-ending.js';
import type { WriteInput } from './writer.js';

/** Where a candidate's media are for a reader of the written file. */
export interface Placed {
  /** The text, the address on the network, or a path relative to the written file. */
  readonly address: string;
  /** Of media that lie beside the file. */
  readonly sha256?: string;
}

/** Puts media into `media/` beside a file that is written, as `<sha256>.<ending>`; each content once. Texts and remote addresses stay. */
export function mediaPlacer(path: string, { loadMedia }: WriteInput): (candidate: Candidate) => Promise<Placed> {
  const [name] = mediaFolders;
  return async (candidate) => {
    const { media, kind } = candidate;
    if (kind === 'text' || isRemote(media)) return { address: media };
    const bytes = await loadMedia(candidate);
    const sha256 = sha256Of(bytes);
    const ending = fileEnding(bytes);
    const address = `${name}/${sha256}${ending ? `.${ending}` : ''}`;
    const file = join(dirname(path), address);
    if ((await stat(file).catch(() => undefined))?.size !== bytes.length) {
      await mkdir(dirname(file), { recursive: true });
      await writeFileAtomic(file, bytes);
    }
    return { address, sha256 };
  };
}
