import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { arenaFolders } from '@bradley/arena-server';
import { LockedError } from '@bradley/formats';
import { type MediaStore, mediaStore, openStore, type Store } from '@bradley/preferences';

export interface StoreChoice {
  readonly folder: string;
  readonly store?: string | undefined;
  readonly media?: string | undefined;
}

/**
 * Uses a store and closes it again. A database that is not there is made only where `make` says so: what reads one that was mistyped would find it empty.
 *
 * @throws Error saying what to do while an arena has the folder open
 */
export async function withStore<Result>(
  { folder, store: server, media }: StoreChoice,
  use: (store: Store, media: MediaStore) => Promise<Result>,
  { make = false } = {},
): Promise<Result> {
  const mediaPlace = mediaStore(media ?? resolve(folder, arenaFolders.media));
  const database = join(folder, arenaFolders.database);
  if (server === undefined && !make && (await stat(database).catch(() => null)) === null)
    throw new Error(
      `${resolve(folder)}: no comparisons or jobs are kept there (it has no folder ${arenaFolders.database}). Check --folder.`,
    );
  const store = await openStore(server ?? database).catch((error: Error) => {
    if (!(error instanceof LockedError)) throw error;
    throw new Error(`${error.message} If that is an arena, its page imports, exports and freezes too.`, {
      cause: error,
    });
  });
  try {
    return await use(store, mediaPlace);
  } finally {
    await store.close();
  }
}
