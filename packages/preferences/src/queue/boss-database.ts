import { type SQL, sql } from 'drizzle-orm';
import type { Database, Store } from '../store/open.js';
import { rowsOf } from '../store/record.js';

/** What pg-boss asks of a database. */
export interface BossDatabase {
  executeSql(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>;
}

/**
 * A store as pg-boss's database, so that its tables lie in the store's own (schema `pgboss`), embedded or on a server. Statements
 * without values, some of which are several, are scripts.
 */
export function bossDatabase({ db, script }: Pick<Store, 'db' | 'script'>): BossDatabase {
  return {
    executeSql: (text, values = []) => (values.length === 0 ? script(text) : executeIn(db, text, values)),
  };
}

/** The same within a transaction of the store, for statements with values. */
export function bossTransaction(db: Database): BossDatabase {
  return { executeSql: (text, values = []) => executeIn(db, text, values) };
}

async function executeIn(db: Database, text: string, values: readonly unknown[]): Promise<{ rows: unknown[] }> {
  return { rows: rowsOf(await db.execute(statement(text, values))) };
}

/** A text with `$1`, `$2`, … as drizzle has statements: in pieces, with a value after each. */
function statement(text: string, values: readonly unknown[]): SQL {
  const pieces = text.split(/\$(\d+)/);
  return sql.join(
    pieces.map((piece, i) => (i % 2 === 0 ? sql.raw(piece) : sql.param(values[Number(piece) - 1] ?? null))),
  );
}
