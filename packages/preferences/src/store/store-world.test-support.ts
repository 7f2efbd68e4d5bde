import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodePng } from '@bradley/formats';
import { folderMedia } from '../media/folder-media.js';
import type { MediaStore } from '../media/media-store.js';
import type { Candidate, Comparison } from '../record.js';
import { type ComparisonSource, MediaError, type Row } from '../source.js';
import { openStore, type Store } from './open.js';
import { projects } from './schema.js';

/** A store, its media, and a folder for whatever else a test writes. */
export interface StoreWorld {
  readonly store: Store;
  readonly media: MediaStore;
  readonly folder: string;
  close(): Promise<void>;
}

/** `where` is a server's address; without it the store is a folder of its own. */
export async function openWorld(where?: string): Promise<StoreWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'store-'));
  const store = await openStore(where ?? join(folder, 'store'));
  return {
    store,
    media: folderMedia(join(folder, 'media')),
    folder,
    async close() {
      await store.close();
      await rm(folder, { recursive: true });
    },
  };
}

export async function makeProject({ store }: StoreWorld, id: string, settings: Record<string, unknown> = {}) {
  await store.db.insert(projects).values({ id, name: id, settings });
  return id;
}

/** A record whose media are on the network, as most of a large set's are. */
export function remoteRecord(id: string, changes: Partial<Comparison> = {}): Comparison {
  return {
    id,
    prompt: `a cat, number ${id}`,
    candidates: [
      { media: `uid:${id}-a`, model: 'one' },
      { media: `uid:${id}-b`, model: 'two' },
    ],
    outcome: { kind: 'winner', index: 0 },
    question: 'overall',
    rater: `rater-${id.length}`,
    at: '2026-01-01T00:00:00.000Z',
    ...changes,
  };
}

/** Any rows as a source, with the files that its candidates name. */
export function sourceOf(
  rows: readonly Row[] | (() => AsyncIterable<Row>),
  files: Readonly<Record<string, Uint8Array>> = {},
  path = 'made-up.jsonl',
): ComparisonSource {
  return {
    path,
    format: 'test',
    async *[Symbol.asyncIterator]() {
      yield* typeof rows === 'function' ? rows() : rows;
    },
    async loadMedia({ media }: Candidate) {
      const bytes = files[media];
      if (!bytes) throw new MediaError('missing-file', `${media} is not there`);
      return bytes;
    },
  };
}

export const rowsOfRecords = (records: readonly Comparison[], path = 'made-up.jsonl'): Row[] =>
  records.map((record, index) => ({ where: `${path}:${index + 1}`, record }));

/** A picture of one pixel. */
export const pixel = (red: number): Promise<Uint8Array> => encodePng(Uint8Array.of(red, 0, 0), 1, 1);

export async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
}
