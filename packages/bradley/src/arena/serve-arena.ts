import { mkdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { projectSettingsSchema } from '@bradley/arena-contract';
import { arenaFolders, openArena, type Served, serve, setUpLink } from '@bradley/arena-server';
import { acquireLock, type Lock, LockedError, releaseLock, writeFileAtomic } from '@bradley/formats';
import { createProject, type MediaStore, projectOverviews, type Store } from '@bradley/preferences';
import { openArenaDrawer } from './open-arena-drawer.js';
import { openRunService } from './run-service.js';

export interface ServeArenaOptions {
  /** Where the arena keeps database, media, snapshots and runs; made where there is none. */
  readonly folder: string;
  /** None is 4680, or the next free one. 0 is any. */
  readonly port?: number | undefined;
  readonly host: string;
  /** As people reach it, for accounts and invites; none is one person on this computer, without a password. */
  readonly team?: { readonly origin: string; readonly behindProxy: boolean } | undefined;
  /** A model folder. None is the emoji model. */
  readonly model?: string | undefined;
  /** Address of a PostgreSQL server; none is a database in the folder. */
  readonly database?: string | undefined;
  /** None is a folder in the folder. */
  readonly media?: MediaStore | undefined;
  /** None is a folder in the folder. */
  readonly runs?: string | undefined;
  /** Of drawing and of runs; none is one a core. */
  readonly threads?: number | undefined;
}

export interface ServedArena extends Pick<Served, 'origin' | 'port'> {
  /** Set where the usual port was taken. */
  readonly portTaken: boolean;
  /** Whether this is the first start: a project was made. */
  readonly first: boolean;
  readonly folder: string;
  readonly runs: string;
  /** Of a team's arena without accounts: where the first is made. */
  readonly setUp: string | null;
  /** Ends requests, drawing and database. Runs go on. */
  close(): Promise<void>;
}

const usualPort = 4680;
const portsTried = 20;

/**
 * Serves an arena with a model that draws and runs that train, until it is closed.
 *
 * @throws Error naming who holds the folder and where it listens, where another process serves it
 */
export async function serveArena(options: ServeArenaOptions): Promise<ServedArena> {
  const folder = resolve(options.folder);
  await mkdir(folder, { recursive: true, mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST' && error.code !== 'ENOTDIR') throw error;
    throw new Error(`${folder}: is a file, or lies below one. Name another --folder: it is made where there is none.`, {
      cause: error,
    });
  });
  const lock = await holdFolder(folder);
  const opened: (() => Promise<unknown>)[] = [() => releaseLock(lock)];
  const close = async () => {
    for (const end of opened.splice(0).reverse()) await end();
  };
  try {
    const { model, threads, team, database, media } = options;
    const runs = resolve(options.runs ?? join(folder, arenaFolders.runs));
    const drawer = await openArenaDrawer(withoutUndefined({ model, threads }));
    opened.push(() => drawer.close());
    const arena = await openArena({
      ...{ folder, mode: team ? 'team' : 'local', origin: team?.origin ?? 'http://127.0.0.1', database, media },
      behindProxy: team?.behindProxy,
      services: {
        drawer,
        runs: openRunService({
          ...{ folder: runs, snapshots: join(folder, arenaFolders.snapshots), model, threads },
          unknownWords: drawer.unknownWords,
        }),
      },
    });
    opened.push(() => arena.close());
    const first = arena.mode === 'local' && (await makeFirstProject(arena.store));
    const { served, portTaken } = await listen((port) => serve(arena, { host: options.host, port }), options.port);
    opened.push(() => served.close());
    const { origin, port } = served;
    await writeFileAtomic(join(folder, addressFile), `${JSON.stringify({ pid: process.pid, origin })}\n`);
    return { origin, port, portTaken, first, folder, runs, setUp: await setUpLink(arena), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** In the folder, beside its lock: where its holder listens. */
const addressFile = 'address.json';

async function holdFolder(folder: string): Promise<Lock> {
  return acquireLock(join(folder, 'lock')).catch(async (error: Error) => {
    if (!(error instanceof LockedError)) throw error;
    const text = await readFile(join(folder, addressFile), 'utf8').catch(() => '{}');
    const { pid, origin } = JSON.parse(text) as { pid?: number; origin?: string };
    const { holder } = error;
    const where = pid === holder.pid && origin ? ` at ${origin}` : '';
    throw new Error(
      `${folder} is served already${where}, by process ${holder.pid} on ${holder.host} since ${holder.at}. ` +
        `${where ? 'Open that page' : 'Wait for it'}, or name another --folder.`,
      { cause: error },
    );
  });
}

/** A project to begin with, where there is none yet. */
async function makeFirstProject(store: Store): Promise<boolean> {
  if ((await projectOverviews(store, null)).length > 0) return false;
  const settings = projectSettingsSchema.parse({
    source: 'Pictures drawn here by the emoji model of Bradley, redrawn towards two opposite looks.',
  });
  return createProject(store, { id: 'my-taste', name: 'My taste', settings });
}

/** Listens on a port that was asked for, or on the usual one or the next that is free. */
async function listen(
  on: (port: number) => Promise<Served>,
  wanted: number | undefined,
): Promise<{ served: Served; portTaken: boolean }> {
  if (wanted !== undefined) return { served: await on(wanted).catch(explain(wanted)), portTaken: false };
  for (let port = usualPort; ; port++) {
    const served = await on(port).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' && port < usualPort + portsTried) return null;
      return explain(port)(error);
    });
    if (served) return { served, portTaken: port !== usualPort };
  }
}

const explain = (port: number) => (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EADDRINUSE') throw error;
  throw new Error(`port ${port} is taken by another program. Name another --port, or 0 for any.`, { cause: error });
};

/** With exact optional properties, undefined is not absent. */
function withoutUndefined<T extends object>(of: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(of).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
