import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { acquireLock, releaseLock } from '@bradley/formats';
import { PGlite } from '@electric-sql/pglite';
import { drizzle as drizzlePg } from 'drizzle-orm/node-postgres';
import { migrate as migratePg } from 'drizzle-orm/node-postgres/migrator';
import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core';
import { drizzle as drizzlePglite } from 'drizzle-orm/pglite';
import { migrate as migratePglite } from 'drizzle-orm/pglite/migrator';
import pg from 'pg';
import * as schema from './schema.js';

export type Database = PgDatabase<PgQueryResultHKT, typeof schema>;

/** The comparison store: one set of tables, embedded or on a server. */
export interface Store {
  readonly db: Database;
  readonly kind: 'pglite' | 'postgres';
  /** Folder, or address without its password. */
  readonly where: string;
  close(): Promise<void>;
}

/** Beside the compiled code and beside the sources alike. */
const migrationsFolder = fileURLToPath(new URL('../../migrations', import.meta.url));

/**
 * Opens a store in a folder (PGlite, made where there is none) or on a PostgreSQL server, and brings its tables up to date.
 *
 * A folder has one owner at a time, whose lock names it; a server has as many as it likes. What `record` has acknowledged is
 * in the write-ahead log: PGlite hands that to the system, which keeps it when the process is killed but not when the power is
 * cut; a server flushes it to the disk.
 *
 * @throws LockedError when another process has the folder open, naming it
 */
export async function openStore(where: string): Promise<Store> {
  return /^postgres(ql)?:\/\//.test(where) ? openServer(where) : openFolder(where);
}

async function openFolder(path: string): Promise<Store> {
  const folder = resolve(path);
  await mkdir(folder, { recursive: true });
  const lock = await acquireLock(join(folder, 'lock'));
  try {
    const client = await PGlite.create(join(folder, 'data'));
    const db = drizzlePglite(client, { schema });
    await migratePglite(db, { migrationsFolder });
    const close = async () => {
      await client.close();
      await releaseLock(lock);
    };
    return { db, kind: 'pglite', where: folder, close };
  } catch (error) {
    await releaseLock(lock);
    throw new Error(
      `${folder}: the database there cannot be opened: ${error instanceof Error ? error.message : error}`,
      {
        cause: error,
      },
    );
  }
}

async function openServer(url: string): Promise<Store> {
  const address = new URL(url);
  address.password = '';
  const pool = new pg.Pool({ connectionString: url, max: 10 });
  pool.on('error', () => {}); // an idle connection that broke: the pool makes another for the next query
  try {
    const db = drizzlePg(pool, { schema });
    await migratePg(db, { migrationsFolder });
    return { db, kind: 'postgres', where: address.href, close: () => pool.end() };
  } catch (error) {
    await pool.end();
    throw new Error(`${address.href}: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}
