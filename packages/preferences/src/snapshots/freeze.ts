import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { acquireLock, releaseLock, writeFileAtomic, writeParquetRows } from '@bradley/formats';
import { and, eq } from 'drizzle-orm';
import { splitRaters } from '../learnt-from.js';
import type { MediaStore } from '../media/media-store.js';
import { isSha256 } from '../media-path.js';
import { type ExportFilter, recordOf, type StoredComparison, storedComparisons } from '../store/exports.js';
import { requireProject } from '../store/imports.js';
import type { Store } from '../store/open.js';
import { projects, raters } from '../store/schema.js';
import { storedTeachers } from '../store/teachers.js';
import { teachersBehind, teachersName, writeTeachers } from '../teachers.js';
import { type FoundSnapshot, snapshotName, versionsOf } from './find-snapshot.js';
import {
  cardName,
  comparisonsName,
  contentHash,
  manifestName,
  readManifest,
  type SnapshotManifest,
  sha256OfFile,
} from './manifest.js';
import { cardSettingsSchema, type QuestionInsight, snapshotCard } from './snapshot-card.js';
import { rowOfRecord, snapshotColumns } from './snapshot-rows.js';
import { count, newTally, type SnapshotTally } from './snapshot-tally.js';

export interface FreezeOptions {
  readonly projectId: string;
  /** 1 to 64 of a–z, 0–9 and -. */
  readonly name: string;
  /** The folder of all snapshots. */
  readonly folder: string;
  /** As for an export: ordinary comparisons that were not withdrawn, unless said. */
  readonly filter?: ExportFilter;
  /** For the card. */
  readonly insight?: readonly QuestionInsight[];
}

export interface FrozenSnapshot extends FoundSnapshot {
  /** False where the newest version has the same content already: that one is it. */
  readonly isNew: boolean;
}

/** The name is another project's: a caller may choose the next. */
export class SnapshotNameTakenError extends Error {
  override readonly name = 'SnapshotNameTakenError';
}

/** Prefix of the hidden folder that a version is made in. */
const making = '.freezing-';

/**
 * Writes the comparisons of a project, their media and a card as the next version of a snapshot: `<folder>/<name>/<version>/`. The folder appears
 * whole or not at all, and is never changed afterwards.
 *
 * @throws SnapshotNameTakenError where the name is another project's
 * @throws Error where there is nothing to freeze, or a medium is not in the media store
 * @throws LockedError while another freezes under the same name
 */
export async function freezeSnapshot(store: Store, media: MediaStore, options: FreezeOptions): Promise<FrozenSnapshot> {
  const { name, folder } = options;
  if (!snapshotName.test(name))
    throw new Error(`${name}: a snapshot's name has 1 to 64 of a–z, 0–9 and -, and no - at its ends.`);
  const versions = join(resolve(folder), name);
  await mkdir(versions, { recursive: true });
  const lock = await acquireLock(join(versions, '.lock'));
  try {
    for (const entry of await readdir(versions)) // of one that was killed
      if (entry.startsWith(making)) await rm(join(versions, entry), { recursive: true });
    const draft = join(versions, `${making}${randomUUID()}`);
    try {
      await mkdir(join(draft, 'media'), { recursive: true });
      await requireOwnName(versions, options);
      return await finish(versions, draft, options, await writeContent(store, media, draft, options));
    } finally {
      await rm(draft, { recursive: true, force: true });
    }
  } finally {
    await releaseLock(lock);
  }
}

/** The versions of a name are of one project. */
async function requireOwnName(versions: string, { name, projectId }: FreezeOptions): Promise<void> {
  const [newest] = await versionsOf(join(versions, '..'), name);
  if (newest === undefined) return;
  const { project } = await readManifest(join(versions, String(newest)));
  if (project !== projectId)
    throw new SnapshotNameTakenError(
      `${name}: the snapshots of that name are of the project ${project}. Choose another name.`,
    );
}

type Content = Pick<SnapshotManifest, 'files' | 'comparisons' | 'media' | 'bytes'>;

async function writeContent(store: Store, media: MediaStore, draft: string, options: FreezeOptions): Promise<Content> {
  const { projectId, filter, insight = null } = options;
  await requireProject(store, projectId);
  const [project] = await store.db.select().from(projects).where(eq(projects.id, projectId));
  if (!project) throw new Error(`${store.where}: the project ${projectId} was deleted just now.`);
  const files: SnapshotManifest['files'] = {};
  const tally = newTally();
  async function* rows() {
    for await (const row of storedComparisons(store, { projectId, ...(filter && { filter }) })) {
      count(tally, row);
      await copyMedia(media, draft, row, files);
      yield rowOfRecord(recordOf(row));
    }
  }
  await writeParquetRows(join(draft, comparisonsName), snapshotColumns, rows(), { rowsPerGroup: 10_000 });
  if (tally.comparisons === 0) throw new Error(`${projectId}: there are no comparisons to freeze yet.`);
  const sizes = Object.values(files).map(({ bytes }) => bytes);
  const copied = { count: sizes.length, bytes: sum(sizes) };
  const settings = cardSettingsSchema.parse(project.settings);
  const consented = await countConsented(store, projectId, settings.consent, tally);
  const leftOut = leftOutBy(filter);
  const card = { project: project.name, settings, tally, media: copied, consented, leftOut, insight };
  await writeFileAtomic(join(draft, cardName), snapshotCard(card));
  const behind = teachersBehind([...tally.raters].flatMap(splitRaters), await storedTeachers(store));
  await writeTeachers(draft, behind);
  for (const name of [comparisonsName, cardName, ...(behind.length > 0 ? [teachersName] : [])]) {
    const path = join(draft, name);
    files[name] = { sha256: await sha256OfFile(path), bytes: (await stat(path)).size };
  }
  const bytes = sum(Object.values(files).map((file) => file.bytes));
  return { files, comparisons: tally.comparisons, media: copied.count, bytes };
}

async function copyMedia(
  from: MediaStore,
  draft: string,
  { id, candidates }: StoredComparison,
  files: SnapshotManifest['files'],
): Promise<void> {
  for (const { media, kind } of candidates) {
    const path = `media/${media}`;
    if (kind === 'text' || !isSha256(media) || files[path]) continue;
    const bytes = await from.get(media);
    if (!bytes)
      throw new Error(
        `comparison ${id} compares ${media}, which is not in ${from.where}. Put it back from a backup, or withdraw the comparison.`,
      );
    await writeFile(join(draft, path), bytes);
    files[path] = { sha256: media, bytes: bytes.length };
  }
}

/** Raters of the comparisons who agreed to the text as it is now. */
async function countConsented({ db }: Store, projectId: string, text: string, tally: SnapshotTally): Promise<number> {
  const consent = createHash('sha256').update(text).digest('hex');
  const agreed = await db
    .select({ id: raters.id })
    .from(raters)
    .where(and(eq(raters.projectId, projectId), eq(raters.consent, consent)));
  return agreed.filter(({ id }) => tally.raters.has(id)).length;
}

function leftOutBy({ purposes = ['ordinary'], withdrawn, ...others }: ExportFilter = {}): string {
  const left = [
    ...(withdrawn ? [] : ['withdrawn ones']),
    ...(['gold', 'attention', 'repeat'] as const).filter((one) => !purposes.includes(one)).map((one) => `${one} tasks`),
    ...Object.entries(others).flatMap(([field, values]) =>
      values ? [`other ${field} than ${values.join(', ')}`] : [],
    ),
  ];
  return left.join(', ') || 'nothing';
}

/** Moves a finished draft into place, or finds that it is the newest version again. */
async function finish(
  versions: string,
  draft: string,
  { name, projectId: project }: FreezeOptions,
  content: Content,
): Promise<FrozenSnapshot> {
  const hash = contentHash(content.files);
  const [newest = 0] = await versionsOf(join(versions, '..'), name);
  if (newest > 0) {
    const path = join(versions, String(newest));
    const { files: _, ...found } = await readManifest(path);
    if (found.content === hash) return { ...found, path, isNew: false };
  }
  const { files, ...counts } = content;
  const frozenAt = new Date().toISOString();
  const manifest = {
    format: 'bradley-snapshot/1',
    name,
    version: newest + 1,
    project,
    frozenAt,
    ...counts,
    content: hash,
  } as const;
  const text = JSON.stringify({ ...manifest, files } satisfies SnapshotManifest, null, 2);
  await writeFileAtomic(join(draft, manifestName), `${text}\n`);
  const path = join(versions, String(manifest.version));
  await rename(draft, path);
  const parent = await open(versions, 'r');
  await parent.sync().finally(() => parent.close());
  return { ...manifest, path, isNew: true };
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, n) => total + n, 0);
