import { createHash, randomUUID } from 'node:crypto';
import { realpath, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { and, asc, desc, eq, isNull, ne } from 'drizzle-orm';
import type { MediaStore } from '../media/media-store.js';
import type { ComparisonSource, Refusal, Row } from '../source.js';
import { analyzeComparisons } from './analyze.js';
import { addBatch, type ImportRow } from './import-batch.js';
import { takeMedia } from './import-media.js';
import type { Database, Store } from './open.js';
import { type ImportStatus, imports, projects } from './schema.js';
import { recordTeachers } from './teachers.js';

export type ImportRecord = typeof imports.$inferSelect;

export interface ImportProgress {
  /** Rows of the source that are done with. */
  readonly read: number;
  readonly added: number;
  /** Were there already. */
  readonly known: number;
  readonly refused: number;
}

export interface ImportOptions {
  readonly projectId: string;
  /** For people; by default the last part of the source's path. */
  readonly name?: string;
  /** What the source is, where its path does not say: a sha256 of its bytes, for one that was uploaded. */
  readonly fingerprint?: string;
  /** Stops after the batch under way; the same call goes on from there. */
  readonly signal?: AbortSignal;
  /** Called once, before the first row is read. */
  readonly onBegin?: (begun: ImportRecord) => void;
  readonly onProgress?: (progress: ImportProgress) => void;
}

/** Rows of a transaction, and bytes of media that are kept for one: at most so much is done again after a kill. */
const batchRows = 2000;
const batchBytes = 64 * 2 ** 20;
/** Rows whose media are loaded at once. */
const rowsAtOnce = 8;
/** Refusals that are kept word for word. */
const refusalsKept = 100;

/**
 * Imports comparisons into a project, a batch a transaction, which also writes down how far it is: an import that was stopped or killed goes
 * on where it was, and one that is made again adds nothing. Files and embedded media go to the media store and the records get their sha256;
 * media on the network stay there, and only their addresses are kept. What cannot be read or stored is refused and counted. Raters become
 * raters of the project under pseudonyms.
 *
 * @throws Error when there is no such project, or the source or the database fails; what was imported by then stays
 */
export async function importComparisons(
  store: Store,
  media: MediaStore,
  source: ComparisonSource,
  { projectId, name = basename(source.path), fingerprint, signal, onBegin, onProgress }: ImportOptions,
): Promise<ImportRecord> {
  await requireProject(store, projectId);
  await recordTeachers(store, (await source.teachers?.()) ?? []);
  const mark = fingerprint ?? (await fingerprintOf(source.path));
  let state = await beginImport(store, { projectId, name, path: source.path, format: source.format, mark });
  onBegin?.(state);
  const raterIds = new Map<string, string>();
  const target = { projectId, importId: state.id, file: basename(source.path), raterIds };

  /** One batch in one transaction, with how far the source is read then. */
  const write = async (batch: Batch): Promise<void> => {
    state = await store.db.transaction(async (transaction) => {
      const { added, refusals } = await addBatch(transaction, target, batch.rows);
      return advance(transaction, state, batch, added, [...batch.refusals, ...refusals]);
    });
    onProgress?.(progressOf(state));
  };

  let writing: Promise<void> = Promise.resolve();
  try {
    for await (const batch of batches(store, media, skip(source, state.read))) {
      await writing; // while one batch is written the next is read
      if (signal?.aborted) return await endImport(store, state, 'interrupted');
      writing = write(batch);
      writing.catch(() => {}); // awaited above or below; no warning until then
    }
    await writing;
    await analyzeComparisons(store);
    return await endImport(store, state, 'finished');
  } catch (error) {
    await writing.catch(() => {});
    await endImport(store, state, 'failed', error instanceof Error ? error.message : String(error)).catch(() => {});
    throw error;
  }
}

export function progressOf({ read, added, refused }: ImportRecord): ImportProgress {
  return { read, added, known: read - added - refused, refused };
}

/** The imports of a project, the newest first. */
export function listImports({ db }: Store, projectId: string): Promise<ImportRecord[]> {
  return db
    .select()
    .from(imports)
    .where(eq(imports.projectId, projectId))
    .orderBy(desc(imports.startedAt), asc(imports.id));
}

/** @throws Error saying which projects there are, where there is none with this id */
export async function requireProject({ db, where }: Store, projectId: string): Promise<void> {
  const found = await db.select({ id: projects.id }).from(projects);
  if (found.some(({ id }) => id === projectId)) return;
  const others = found.slice(0, 12).map(({ id }) => id);
  throw new Error(`${where}: there is no project ${projectId}. It has ${others.join(', ') || 'none'}.`);
}

/** The same for a file as long as nobody writes to it; none for a folder, whose files may change unseen. */
async function fingerprintOf(path: string): Promise<string | null> {
  const stats = await stat(path).catch(() => null); // a source need not be a file
  if (!stats?.isFile()) return null;
  const text = [await realpath(path), stats.size, stats.mtimeMs].join('\0');
  return createHash('sha256').update(text).digest('hex');
}

interface Beginning extends Pick<ImportRecord, 'projectId' | 'name' | 'path' | 'format'> {
  readonly mark: string | null;
}

/** A new import, or the one that began with the same source and did not end. */
async function beginImport({ db }: Store, { mark, ...begins }: Beginning): Promise<ImportRecord> {
  const same = mark === null ? isNull(imports.fingerprint) : eq(imports.fingerprint, mark);
  const [unfinished] = await db
    .select()
    .from(imports)
    .where(
      and(
        eq(imports.projectId, begins.projectId),
        ne(imports.status, 'finished'),
        same,
        ...(mark === null ? [eq(imports.path, begins.path)] : []),
      ),
    )
    .orderBy(desc(imports.startedAt), asc(imports.id))
    .limit(1);
  const anew = { read: 0, added: 0, refused: 0, remote: 0, problems: {}, refusals: [] };
  const [row] = unfinished
    ? await db
        .update(imports)
        .set({ status: 'running', error: null, finishedAt: null, ...(mark === null && anew) })
        .where(eq(imports.id, unfinished.id))
        .returning()
    : await db
        .insert(imports)
        .values({ id: randomUUID(), fingerprint: mark, ...begins })
        .returning();
  return row as ImportRecord;
}

async function advance(
  db: Database,
  before: ImportRecord,
  batch: Batch,
  added: number,
  refusals: readonly Refusal[],
): Promise<ImportRecord> {
  const problems = { ...before.problems };
  for (const { problem } of refusals) problems[problem] = (problems[problem] ?? 0) + 1;
  const kept = refusals.slice(0, Math.max(0, refusalsKept - before.refusals.length));
  const [after] = await db
    .update(imports)
    .set({
      read: before.read + batch.rows.length + batch.refusals.length,
      added: before.added + added,
      refused: before.refused + refusals.length,
      remote: before.remote + batch.remote,
      problems,
      refusals: [...before.refusals, ...kept.map(({ where, problem, refused }) => ({ where, problem, refused }))],
    })
    .where(and(eq(imports.id, before.id), eq(imports.read, before.read)))
    .returning();
  if (after) return after;
  throw new Error(`${before.path}: another process is importing it into ${before.projectId}. Wait for that one.`);
}

async function endImport(
  { db }: Store,
  { id }: ImportRecord,
  status: ImportStatus,
  error: string | null = null,
): Promise<ImportRecord> {
  const [row] = await db
    .update(imports)
    .set({ status, error, finishedAt: new Date() })
    .where(eq(imports.id, id))
    .returning();
  return row as ImportRecord;
}

interface Batch {
  readonly rows: readonly ImportRow[];
  readonly refusals: readonly Refusal[];
  /** Candidates whose media stayed on the network. */
  readonly remote: number;
}

/** Rows in batches, with their media kept. */
async function* batches(
  store: Store,
  media: MediaStore,
  { rows, source }: { rows: AsyncIterable<Row>; source: ComparisonSource },
): AsyncGenerator<Batch, void> {
  let batch = { rows: [] as ImportRow[], refusals: [] as Refusal[], remote: 0, bytes: 0 };
  let waiting: ImportRow[] = [];
  const take = async () => {
    for (const taken of await takeMedia(store, media, source, waiting)) {
      if ('refused' in taken) batch.refusals.push(taken);
      else batch.rows.push({ where: taken.where, record: taken.record });
      if ('bytes' in taken) batch.bytes += taken.bytes;
      if ('remote' in taken) batch.remote += taken.remote;
    }
    waiting = [];
  };
  for await (const row of rows) {
    if ('refused' in row) batch.refusals.push(row);
    else if (waiting.push(row) === rowsAtOnce) await take();
    if (batch.rows.length + batch.refusals.length + waiting.length < batchRows && batch.bytes < batchBytes) continue;
    await take();
    yield batch;
    batch = { rows: [], refusals: [], remote: 0, bytes: 0 };
  }
  await take();
  if (batch.rows.length + batch.refusals.length > 0) yield batch;
}

/** A source without its first rows. */
function skip(source: ComparisonSource, count: number) {
  async function* rows() {
    let position = 0;
    for await (const row of source) if (position++ >= count) yield row;
  }
  return { source, rows: rows() };
}
