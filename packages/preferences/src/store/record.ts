import { sql } from 'drizzle-orm';
import type { Comparison } from '../record.js';
import { analyzeComparisons } from './analyze.js';
import type { Store } from './open.js';
import { comparisons, type Purpose } from './schema.js';

/** A comparison with what the store keeps beside the record. `rater` of the record is the id of a rater of the project. */
export interface NewComparison {
  readonly projectId: string;
  readonly record: Comparison;
  /** `arena`, `import:<id>` or `key:<id>`. */
  readonly source: string;
  readonly taskId?: string | undefined;
  readonly purpose?: Purpose | undefined;
}

/** Whether a comparison was new, or one with its id was there already. */
export type Recorded = 'recorded' | 'known';

export interface Recorder {
  /** Resolves when the comparisons are in the write-ahead log; all of a call are recorded, or none. */
  record(comparisons: readonly NewComparison[]): Promise<Recorded[]>;
}

interface Waiting {
  readonly comparisons: readonly NewComparison[];
  readonly resolve: (recorded: Recorded[]) => void;
  readonly reject: (error: unknown) => void;
}

/** As many rows as one statement takes. */
const batchRows = 500;

/**
 * Records comparisons as they come, all that wait in one statement: a write costs a round trip however many rows it has, so the
 * more there is to do the less each costs. One statement is under way at a time on PGlite, which has one connection, and several
 * on a server.
 */
export function openRecorder(store: Store): Recorder {
  const lanes = store.kind === 'pglite' ? 1 : 4;
  const queue: Waiting[] = [];
  let busy = 0;
  let written = 0;
  let analyzeAt = 1000;

  const drain = async () => {
    busy++;
    for (let batch = await together(queue); batch.length > 0; batch = await together(queue)) {
      await write(store, batch);
      written += batch.length;
      if (store.kind !== 'pglite' || written < analyzeAt) continue;
      analyzeAt *= 10;
      await analyzeComparisons(store).catch(() => {}); // costs speed, no vote
    }
    busy--;
    if (queue.length > 0 && busy < lanes) void drain(); // what came in as this ended
  };
  return {
    record: (rows) =>
      new Promise((resolve, reject) => {
        queue.push({ comparisons: rows, resolve, reject });
        if (busy < lanes) void drain();
      }),
  };
}

/**
 * What waits, once those that arrive at the same time have come in. PGlite computes on this thread: without it the first would be
 * written before the second was read from its socket, and nothing would ever wait together.
 */
async function together(queue: Waiting[]): Promise<Waiting[]> {
  for (let waiting = 0; waiting < queue.length && waiting < batchRows; ) {
    waiting = queue.length;
    await new Promise((resolve) => setImmediate(resolve));
  }
  return take(queue);
}

function take(queue: Waiting[]): Waiting[] {
  let rows = 0;
  const full = queue.findIndex(({ comparisons }) => {
    rows += comparisons.length;
    return rows > batchRows;
  });
  return queue.splice(0, full === -1 ? queue.length : Math.max(full, 1));
}

async function write(store: Store, batch: readonly Waiting[]): Promise<void> {
  try {
    const added = await insertComparisons(
      store,
      batch.flatMap(({ comparisons }) => comparisons),
    );
    let row = 0;
    for (const { comparisons: rows, resolve } of batch) resolve(rows.map(() => added[row++] ?? 'known'));
  } catch (error) {
    // One that the database refuses must not take the others with it.
    if (batch.length === 1) batch[0]?.reject(error);
    else for (const one of batch) await write(store, [one]);
  }
}

/** Inserts comparisons in one statement; those whose id is in the project already stay as they are. */
export async function insertComparisons(
  { db }: Pick<Store, 'db'>,
  rows: readonly NewComparison[],
): Promise<Recorded[]> {
  if (rows.length === 0) return [];
  // One parameter, however many rows: `values` would need one for each cell.
  const inserted = await db.execute(sql`
    insert into ${comparisons}
      (project_id, id, task_id, prompt, candidates, outcome, question, rater_id, session, at, milliseconds, shown, purpose, source)
    select project_id, id, task_id, prompt, candidates, outcome, question, rater_id, session, at, milliseconds, shown, purpose, source
    from json_to_recordset(${JSON.stringify(rows.map(cells))}::json) as rows(
      project_id text, id text, task_id text, prompt text, candidates jsonb, outcome jsonb, question text, rater_id text,
      session text, at timestamptz, milliseconds double precision, shown jsonb, purpose text, source text)
    on conflict (project_id, id) do nothing
    returning project_id, id`);
  const added = new Set(
    rowsOf<{ project_id: string; id: string }>(inserted).map(({ project_id, id }) => `${project_id}/${id}`),
  );
  // Of two with the same id in one batch the first was added.
  return rows.map(({ projectId, record }) => (added.delete(`${projectId}/${record.id}`) ? 'recorded' : 'known'));
}

function cells({ projectId, record, source, taskId, purpose = 'ordinary' }: NewComparison) {
  const { id, prompt, candidates, outcome, question, rater, session, at, milliseconds, shown } = record;
  return {
    ...{ project_id: projectId, id, task_id: taskId, prompt, candidates, outcome, question },
    ...{ rater_id: rater, session, at, milliseconds, shown, purpose, source },
  };
}

/** The rows of a raw query: both drivers give an object with `rows`, which drizzle's common type does not say. */
export function rowsOf<Row>(result: unknown): Row[] {
  return (result as { rows: Row[] }).rows;
}
