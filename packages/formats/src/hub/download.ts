import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { takePartialFile } from './partial-file.js';
import type { HubContext, RemoteFile } from './repository.js';
import { refusal, requestHub } from './request.js';
import { retrying, TransientError } from './retry.js';

export interface Download extends HubContext {
  /** The folder of blobs. */
  readonly blobs: string;
  /** Where the file's bytes are asked for. */
  readonly address: URL;
  /** Told how many of its bytes are there, whenever some arrive; less than before when it has to begin again. */
  readonly onBytes: (bytes: number) => void;
}

/**
 * Downloads a file to `<blobs>/<hash>`, going on where an earlier download ended. The blob appears whole, with the size and
 * the hash that the repository states, or not at all.
 */
export async function downloadBlob(file: RemoteFile, download: Download): Promise<string> {
  const blob = join(download.blobs, file.hash);
  if ((await stat(blob).catch(() => null))?.size === file.size) return blob;
  const partial = await takePartialFile(download.blobs, file.hash);
  const handle = await open(partial.path, 'a');
  try {
    const resumed = (await handle.stat()).size > 0;
    await receive(file, handle, download);
    let found = await hashOf(partial.path, file);
    if (found !== file.hash && resumed) {
      download.onNote(`${file.path}: what was there of it is not part of this file; it is downloaded anew`);
      await handle.truncate(0);
      await receive(file, handle, download);
      found = await hashOf(partial.path, file);
    }
    if (found !== file.hash) {
      await rm(partial.path);
      throw new Error(
        `${download.subject}: ${file.path} arrived with the hash ${found}, but ${download.address.host} lists ${file.hash}. ` +
          'It was thrown away. Try again; if it stays so, something between here and the hub changes files.',
      );
    }
    await handle.sync();
    await rename(partial.path, blob);
    return blob;
  } finally {
    await handle.close();
    partial.release();
  }
}

/** Fills the file up to its size. */
async function receive(file: RemoteFile, handle: FileHandle, download: Download): Promise<void> {
  const state: { validator: string | null } = { validator: null };
  await retrying(() => receiveSome(file, handle, download, state), {
    signal: download.signal,
    advice: 'What has arrived is kept: the same command goes on from there.',
    onRetry: (reason, seconds) => download.onNote(`${file.path}: ${reason}; trying again in ${seconds} s`),
  });
}

/** One connection. `validator` is the ETag of the bytes that there are, so that bytes of another file are not put after them. */
async function receiveSome(
  file: RemoteFile,
  handle: FileHandle,
  { address, settings, subject, signal, onBytes }: Download,
  state: { validator: string | null },
): Promise<void> {
  let { size: bytes } = await handle.stat();
  const startAgain = async (): Promise<void> => {
    await handle.truncate(0);
    bytes = 0;
  };
  if (bytes > file.size) await startAgain();
  onBytes(bytes);
  if (bytes === file.size) return;
  const headers = {
    'accept-encoding': 'identity', // the size and the ranges are of the file itself
    ...(bytes > 0 ? { range: `bytes=${bytes}-` } : {}),
    ...(bytes > 0 && state.validator ? { 'if-range': state.validator } : {}),
  };
  const { response, linkedEtag, alive, end, failure } = await requestHub(address, headers, settings, signal);
  let arrived = false;
  try {
    const { status } = response;
    if (status === 416) {
      await startAgain();
      throw new TransientError(`${address.host} has no bytes from there on`);
    }
    if (!response.ok) throw await refusal(response, subject, settings);
    if (linkedEtag !== null && unquoted(linkedEtag) !== file.hash)
      throw new Error(
        `${subject}: ${file.path} has changed on ${address.host} since it was listed (${file.hash}, now ${unquoted(linkedEtag)}). Try again.`,
      );
    if (status !== 206) await startAgain();
    else if (response.headers.get('content-range') !== `bytes ${bytes}-${file.size - 1}/${file.size}`) {
      await startAgain();
      throw new TransientError(`${address.host} sent another range (${response.headers.get('content-range')})`);
    }
    const etag = response.headers.get('etag');
    state.validator = etag?.startsWith('"') ? etag : null; // a weak one says nothing of bytes
    for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
      alive();
      if (bytes + chunk.byteLength > file.size) {
        await startAgain();
        throw new TransientError(`${address.host} sent more than the ${file.size} bytes that it lists`);
      }
      await handle.appendFile(chunk);
      bytes += chunk.byteLength;
      arrived = true;
      onBytes(bytes);
    }
    if (bytes < file.size) throw new TransientError(`${address.host} sent ${bytes} of ${file.size} bytes`, arrived);
  } catch (error) {
    throw failure(error, arrived);
  } finally {
    end();
    await response.body?.cancel().catch(() => undefined); // it may be locked, or at its end
  }
}

const unquoted = (etag: string): string => etag.replace(/^W\//, '').replaceAll('"', '');

/** The hash of a local file, of the kind that the repository states. */
async function hashOf(path: string, { hash, size }: RemoteFile): Promise<string> {
  const digest = hash.length === 64 ? createHash('sha256') : createHash('sha1').update(`blob ${size}\0`); // as git does
  for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 20 })) digest.update(chunk as Buffer);
  return digest.digest('hex');
}
