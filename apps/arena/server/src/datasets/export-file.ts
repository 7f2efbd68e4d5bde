import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import {
  type ComparisonWriter,
  comparisonWriters,
  convertComparisons,
  storeSource,
  type WrittenFormat,
} from '@bradley/preferences';
import { create } from 'tar';
import type { Arena } from '../context.js';
import { arenaFolders } from '../open-arena.js';

export interface Download {
  readonly name: string;
  readonly type: string;
  readonly body: ReadableStream;
}

/**
 * The comparisons of a project in a format, written to the arena's folder first, as formats such as Parquet begin with their end; deleted once it was
 * sent. Where a format has media beside its file, or is a folder, a tar of all of it.
 */
export async function exportFile(arena: Arena, projectId: string, format: WrittenFormat): Promise<Download> {
  const folder = join(arena.folder, arenaFolders.uploads, randomUUID());
  await mkdir(folder, { recursive: true });
  const writer: ComparisonWriter = comparisonWriters[format];
  const name = `${projectId}${writer.ending ?? ''}`;
  try {
    await convertComparisons(storeSource(arena.store, arena.media, { projectId }), join(folder, name), format);
    const entries = await readdir(folder);
    const isFile = entries.length === 1 && writer.ending !== undefined;
    const sent: Readable = isFile
      ? createReadStream(join(folder, name))
      : Readable.from(create({ cwd: folder, portable: true }, entries) as AsyncIterable<Buffer>);
    sent.once('close', () => void rm(folder, { recursive: true, force: true }));
    const body = Readable.toWeb(sent) as ReadableStream;
    return { name: isFile ? name : `${projectId}-${format}.tar`, type: 'application/octet-stream', body };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}
