import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { acquireLock, releaseLock } from '@bradley/formats';
import { PGlite } from '@electric-sql/pglite';
import { DrizzleQueryError } from 'drizzle-orm';
import { drizzle as drizzlePg } from 'drizzle-orm/node-postgres';
import { migrate as migratePg } from 'drizzle-orm/node-postgres/migrator';
import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core';
import { drizzle as drizzlePglite } from 'drizzle-orm/pglite';
import { migrate as migratePglite } from 'drizzle-orm/pglite/migrator';
import pg from 'pg';
import { analyzeComparisons } from './analyze.js';
import { migrationLock, migrationsFolder, requireKnownSchema } from './migrate.js';
import * as schema from './schema.js';

export type Database = PgDatabase<PgQueryResultHKT, typeof schema>;

/** The comparison store: one set of tables, embedded or on a server. */
export interface Store {
  readonly db: Database;
  readonly kind: 'pglite' | 'postgres';
  /** Folder, or address without its password. */
  readonly where: string;
  /** Runs statements of another library's schema, written as one text; the rows are the last one's. */
  script(text: string): Promise<{ rows: unknown[] }>;
  close(): Promise<void>;
}

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
    const client = await openPglite(join(folder, 'data'));
    try {
      const db = drizzlePglite(client, { schema });
      await requireKnownSchema(db);
      await migratePglite(db, { migrationsFolder });
      await analyzeComparisons({ db });
      const close = async () => {
        await client.close();
        await releaseLock(lock);
      };
      const script = async (text: string) => (await client.exec(text)).at(-1) ?? { rows: [] };
      return { db, kind: 'pglite', where: folder, script, close };
    } catch (error) {
      await client.close().catch(() => {});
      throw error;
    }
  } catch (error) {
    await releaseLock(lock);
    throw new Error(`${folder}: the database there cannot be opened: ${reasonOf(error)}`, { cause: error });
  }
}

/** PGlite's own words for a damaged folder are those of a crash. */
async function openPglite(folder: string): Promise<PGlite> {
  try {
    return await PGlite.create(folder);
  } catch (error) {
    throw new Error(
      `${reasonOf(error)}. Its files are damaged, or were copied while it was open. Restore the whole folder from a backup, ` +
        'or name a new folder and import what was exported or frozen from this one.',
      { cause: error },
    );
  }
}

async function openServer(url: string): Promise<Store> {
  const address = new URL(url);
  address.password = '';
  const pool = new pg.Pool({ connectionString: url, max: 10, connectionTimeoutMillis: 10_000 });
  pool.on('error', () => {}); // an idle connection that broke: the pool makes another for the next query
  try {
    await migrateServer(pool);
    const script = async (text: string) => {
      const results: unknown = await pool.query(text); // an array where the text has several statements
      return (Array.isArray(results) ? results.at(-1) : results) as { rows: unknown[] };
    };
    return { db: drizzlePg(pool, { schema }), kind: 'postgres', where: address.href, script, close: () => pool.end() };
  } catch (error) {
    await pool.end();
    throw new Error(`${address.href}: ${reasonOf(error)}`, { cause: error });
  }
}

/** One process at a time: of two that start together, the second finds the tables made. */
async function migrateServer(pool: pg.Pool): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [migrationLock]);
    const db = drizzlePg(client, { schema });
    await requireKnownSchema(db);
    await migratePg(db, { migrationsFolder });
    await client.query('select pg_advisory_unlock($1)', [migrationLock]);
    client.release();
  } catch (error) {
    client.release(true); // closes the connection, and the lock with it
    throw error;
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof DrizzleQueryError && error.cause) return reasonOf(error.cause); // its message is the query
  const inner = error instanceof AggregateError ? error.errors.map(reasonOf).join('; ') : '';
  return error.message || inner || error.name;
}
