import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { createExclusive } from '@bradley/formats';
import { folderMedia, type MediaStore, openRecorder, openStore } from '@bradley/preferences';
import type { Arena } from './context.js';
import { openInsight } from './insight/insight.js';
import { rememberSessions } from './people/remember-sessions.js';
import { memberCache } from './security/member-cache.js';
import type { ArenaServices } from './services.js';
import { openVerdictDrawing } from './taste/verdict-drawing.js';
import { informativenessBy } from './voting/informative.js';
import { openStock } from './voting/stock.js';
import { openVoting } from './voting/voting.js';

export interface ArenaOptions {
  /** Where the arena keeps what it has: made where there is none. */
  readonly folder: string;
  /** `local`: one person on this computer, no password, loopback only. `team`: accounts and invites. */
  readonly mode: Arena['mode'];
  /** As people reach the server. In local mode `serve` puts what it listens on in its place. */
  readonly origin: string;
  readonly services: ArenaServices;
  /** Whether a reverse proxy stands before the server: who asks is then the last of X-Forwarded-For. */
  readonly behindProxy?: boolean | undefined;
  /** Address of a PostgreSQL server; a database in the folder where it is absent. */
  readonly database?: string | undefined;
  /** Where media are kept; in the folder where it is absent. */
  readonly media?: MediaStore | undefined;
  readonly log?: ((line: string) => void) | undefined;
}

/** Where in an arena's folder things lie. */
export const arenaFolders = {
  database: 'database',
  media: 'media',
  snapshots: 'snapshots',
  runs: 'runs',
  uploads: 'uploads',
} as const;

/**
 * Opens an arena: its folder (for its owner only), its database brought up to date, its secret.
 *
 * @throws LockedError when another process has the database of the folder open, naming it
 */
export async function openArena(options: ArenaOptions): Promise<Arena> {
  const folder = resolve(options.folder);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  // The folder itself may have been there, and be open to all of this computer.
  const { database, ...others } = arenaFolders;
  for (const name of [...Object.values(others), ...(options.database === undefined ? [database] : [])])
    await mkdir(join(folder, name), { recursive: true, mode: 0o700 });
  const secret = await readSecret(join(folder, 'secret'));
  const closing = new AbortController();
  const store = await openStore(options.database ?? join(folder, arenaFolders.database));
  const recorder = openRecorder(store);
  const media = options.media ?? folderMedia(join(folder, arenaFolders.media));
  const log = options.log ?? ((line) => process.stderr.write(`${line}\n`));
  const insight = openInsight(store);
  const voting = openVoting({
    ...{ store, recorder, secret, log },
    informativeness: (projectId, question) => informativenessBy(insight.posterior(projectId, question)),
  });
  const stock = openStock(voting, media, options.services.drawer, closing.signal);
  const drawing = { store, media, services: options.services, stock, voting, log, closing: closing.signal };
  const verdicts = openVerdictDrawing(drawing);
  const accounts =
    options.mode === 'team'
      ? rememberSessions((await import('./people/accounts.js')).openAccounts({ store, secret, origin: options.origin }))
      : null;
  return {
    mode: options.mode,
    folder,
    store,
    recorder,
    media,
    services: options.services,
    secret,
    origin: options.origin,
    behindProxy: options.behindProxy ?? false,
    accounts,
    members: memberCache(store.kind),
    voting,
    stock,
    verdicts,
    insight,
    log,
    closing: closing.signal,
    close: async () => {
      closing.abort();
      await stock.ended();
      await verdicts.ended();
      await insight.close();
      await store.close();
    },
  };
}

const secretBytes = 32;

/** The arena's secret, made at its first opening. */
async function readSecret(path: string): Promise<Uint8Array> {
  await createExclusive(path, randomBytes(secretBytes).toString('base64url'), 0o600);
  await chmod(path, 0o600);
  const secret = Buffer.from(await readFile(path, 'utf8'), 'base64url');
  if (secret.length !== secretBytes)
    throw new Error(
      `${path}: expected ${secretBytes} bytes in base64url, found ${secret.length}. Delete the file to have a new one made: ` +
        'who is signed in will have to sign in again.',
    );
  return secret;
}
