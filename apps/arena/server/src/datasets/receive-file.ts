import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import busboy from 'busboy';
import { Refusal } from '../refusal.js';

export interface ReceivedFile {
  /** In a folder of its own, under the name it was sent with as far as that is plain. */
  readonly path: string;
  readonly name: string;
  readonly sha256: string;
  /** Deletes it. */
  discard(): Promise<void>;
}

/**
 * The one file of a multipart body, as the field `file`, written to a folder of its own below `uploads` as it comes: nothing is held in memory. The limit
 * of its size is the body's.
 */
export async function receiveFile(request: Request, uploads: string): Promise<ReceivedFile> {
  const { body } = request;
  if (!body) throw noFile();
  if (underWay >= mostAtOnce)
    throw new Refusal(503, 'busy', 'Too many files are being sent at once. Try again in a minute.', {
      headers: { 'retry-after': '60' },
    });
  underWay++;
  try {
    return await receive(request, body, uploads);
  } finally {
    underWay--;
  }
}

/** Each may fill 4 GiB of the disk. */
const mostAtOnce = 4;
let underWay = 0;

async function receive(request: Request, body: Body, uploads: string): Promise<ReceivedFile> {
  const folder = join(uploads, randomUUID());
  await mkdir(folder, { recursive: true });
  const discard = () => rm(folder, { recursive: true, force: true });
  try {
    const { path, name, sha256 } = await writeFile(request, body, folder);
    return { path, name, sha256, discard };
  } catch (error) {
    await discard();
    if (error instanceof Refusal) throw error;
    throw new Refusal(400, 'bad-upload', `The file did not arrive whole: ${(error as Error).message}.`);
  }
}

type Body = NonNullable<Request['body']>;

async function writeFile(request: Request, body: Body, folder: string) {
  const headers = Object.fromEntries(request.headers);
  const parts = busboy({ headers, limits: { files: 1, fields: 0, parts: 2, headerPairs: 20 } });
  let writing: Promise<{ path: string; name: string; sha256: string }> | undefined;
  parts.on('file', (field, stream, { filename }) => {
    if (field !== 'file' || writing) {
      stream.resume();
      return;
    }
    const name = plainName(filename);
    const path = join(folder, name);
    const hash = createHash('sha256');
    const hashing = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        hash.update(chunk);
        done(null, chunk);
      },
    });
    writing = pipeline(stream, hashing, createWriteStream(path)).then(() => ({
      path,
      name,
      sha256: hash.digest('hex'),
    }));
    writing.catch(() => {}); // told by the pipeline below, or awaited after it
  });
  await pipeline(Readable.fromWeb(body as Parameters<typeof Readable.fromWeb>[0]), parts);
  const written = await writing;
  if (!written) throw noFile();
  return written;
}

const noFile = () => new Refusal(400, 'no-file', 'Send one file, as the field `file` of multipart/form-data.');

/** A name without folders and without anything that a file system or a page might take for more than a name. */
function plainName(name: string | undefined): string {
  const plain = basename(name ?? '')
    .replace(/[^\w.-]+/g, '_')
    .replace(/^\.+/, '')
    .slice(-100);
  return plain || 'upload';
}
