import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Import } from '@bradley/arena-contract';
import {
  type ImportOptions,
  type ImportRecord,
  importComparisons,
  listImports,
  openComparisons,
  progressOf,
} from '@bradley/preferences';
import type { Arena } from '../context.js';
import { arenaFolders } from '../open-arena.js';
import { Refusal } from '../refusal.js';

type JobOptions = Pick<ImportOptions, 'projectId' | 'name' | 'fingerprint'>;

export interface ImportJobs {
  /** Where uploads wait to be imported. */
  readonly uploads: string;
  /** Begins to import a set; resolves when it has begun, and `after` is called when it has ended, however. */
  begin(path: string, options: JobOptions, after?: () => Promise<void>): Promise<Import>;
  list(projectId: string): Promise<Import[]>;
}

/** Each reads and writes as fast as it can. */
const mostAtOnce = 2;
const dayInMs = 86_400_000;

/** The imports of this server: they go on while nobody looks, and stop with it; the same file sent again goes on. */
export function importJobs(arena: Arena): ImportJobs {
  const { store, media, folder, closing } = arena;
  const uploads = join(folder, arenaFolders.uploads);
  const running = new Set<string>();
  void deleteOld(uploads).catch(() => {});

  /** Resolves to the import that has begun, and to when it will have ended. */
  const run = async (path: string, options: JobOptions): Promise<{ begun: Import; ended: Promise<void> }> => {
    const source = await openComparisons(path).catch((error: Error) => {
      // Of an upload, where it waits is nobody's business.
      throw new Refusal(400, 'unreadable', error.message.replaceAll(path, options.name ?? path));
    });
    return new Promise((resolve, reject) => {
      let id: string | undefined;
      const ended = importComparisons(store, media, source, {
        ...options,
        signal: closing,
        onBegin(record) {
          id = record.id;
          running.add(id);
          queueMicrotask(() => resolve({ begun: describe(record, true, uploads), ended }));
        },
      }).then(
        () => {},
        (error: Error) => {
          if (id === undefined) reject(error);
          else if (!closing.aborted) arena.log(`import ${id}: ${error.message}`);
        },
      );
    });
  };
  let active = 0;
  return {
    uploads,
    async begin(path, options, after = async () => {}) {
      const end = async () => {
        active--;
        await after();
      };
      if (++active > mostAtOnce) {
        await end();
        throw new Refusal(409, 'busy', `${mostAtOnce} imports are running. Wait for one of them to end.`);
      }
      try {
        const { begun, ended } = await run(path, options);
        void ended.then(() => running.delete(begun.id)).then(end);
        return begun;
      } catch (error) {
        await end();
        throw error;
      }
    },
    async list(projectId) {
      return (await listImports(store, projectId)).map((record) => describe(record, running.has(record.id), uploads));
    },
  };
}

function describe(record: ImportRecord, isRunning: boolean, uploads: string): Import {
  const { id, name, path, format, status, remote, problems, error, startedAt, finishedAt } = record;
  /** Of an upload, where it waited is nobody's business. */
  const said = (text: string) => (path.startsWith(`${uploads}/`) ? text.replaceAll(path, name) : text);
  return {
    ...{ id, name, format, remote, problems, error: error && said(error), ...progressOf(record) },
    refusals: record.refusals.map(({ where, problem, refused }) => ({
      where: said(where),
      problem,
      refused: said(refused),
    })),
    status: status === 'running' && !isRunning ? 'interrupted' : status,
    startedAt: startedAt.toISOString(),
    finishedAt: finishedAt?.toISOString() ?? null,
  };
}

/** What a server that was killed left behind. */
async function deleteOld(uploads: string): Promise<void> {
  for (const entry of await readdir(uploads)) {
    const path = join(uploads, entry);
    if (Date.now() - (await stat(path)).mtimeMs > dayInMs) await rm(path, { recursive: true, force: true });
  }
}
