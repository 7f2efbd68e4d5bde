import { fileURLToPath } from 'node:url';
import { sql } from 'drizzle-orm';
import { readMigrationFiles } from 'drizzle-orm/migrator';
import type { Database } from './open.js';
import { rowsOf } from './record.js';

/** Beside the compiled code and beside the sources alike. */
export const migrationsFolder = fileURLToPath(new URL('../../migrations', import.meta.url));

/** Any number that no other program takes as an advisory lock of the same database. */
export const migrationLock = 4_680_227_251;

/**
 * Makes sure that every migration the database has had is one of ours.
 *
 * @throws Error where a newer Bradley has changed its tables
 */
export async function requireKnownSchema(db: Database): Promise<void> {
  const table = await db.execute(sql`select to_regclass('drizzle.__drizzle_migrations')::text as name`);
  if (!rowsOf<{ name: string | null }>(table)[0]?.name) return;
  const applied = rowsOf<{ hash: string }>(
    await db.execute(sql`select hash from drizzle.__drizzle_migrations order by id`),
  );
  const ours = new Set(readMigrationFiles({ migrationsFolder }).map(({ hash }) => hash));
  const foreign = applied.filter(({ hash }) => !ours.has(hash)).length;
  if (foreign > 0)
    throw new Error(
      `its tables were changed by a newer version of Bradley (${foreign} of ${applied.length} migrations are not known here). ` +
        'Nothing was changed. Update Bradley, or open another store.',
    );
}
