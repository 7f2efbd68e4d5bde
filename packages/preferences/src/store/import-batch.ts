import { createHash } from 'node:crypto';
import { and, eq, sql } from 'drizzle-orm';
import { splitRaters } from '../learnt-from.js';
import type { Comparison } from '../record.js';
import { isProgram } from '../scorer-rater.js';
import type { Refusal } from '../source.js';
import type { Database } from './open.js';
import { insertComparisons } from './record.js';
import { comparisons, raters } from './schema.js';

/** A record to be imported, and where it stood. */
export interface ImportRow {
  readonly where: string;
  readonly record: Comparison;
}

export interface BatchResult {
  readonly added: number;
  readonly refusals: readonly Refusal[];
}

export interface BatchTarget {
  readonly projectId: string;
  readonly importId: string;
  /** Last part of the source's path: readers make ids of it where a source has none. */
  readonly file: string;
  /** Raters of the source that were seen before, with the ids they have in the project. */
  readonly raterIds: Map<string, string>;
}

/**
 * Adds records to a project inside a transaction: what is there already stays as it is, and what the database cannot hold (text with a NUL, a
 * year 0) is refused, not the rows around it.
 */
export async function addBatch(db: Database, target: BatchTarget, rows: readonly ImportRow[]): Promise<BatchResult> {
  if (rows.length === 0) return { added: 0, refusals: [] };
  try {
    const { added, raterIds } = await db.transaction((savepoint) => add(savepoint, target, rows));
    if (target.raterIds.size > ratersHeld) target.raterIds.clear();
    for (const [rater, id] of raterIds) target.raterIds.set(rater, id); // only now: a refused row takes its raters back
    return { added, refusals: [] };
  } catch (error) {
    const fault = dataFault(error);
    if (fault === null) throw error;
    const [only] = rows;
    if (only && rows.length === 1) {
      const refused = `the database cannot hold it: ${fault}`;
      return { added: 0, refusals: [{ where: only.where, refused, problem: 'bad-record' }] };
    }
    const half = rows.length >> 1;
    const first = await addBatch(db, target, rows.slice(0, half));
    const second = await addBatch(db, target, rows.slice(half));
    return { added: first.added + second.added, refusals: [...first.refusals, ...second.refusals] };
  }
}

/** What the database says of a value that it cannot hold: SQLSTATE classes 22, data, and 54, limits. */
function dataFault(error: unknown): string | null {
  const { code, message } = ((error as Error).cause ?? error) as Error & { code?: unknown };
  return typeof code === 'string' && /^(22|54)/.test(code) ? message : null;
}

async function add(db: Database, target: BatchTarget, rows: readonly ImportRow[]) {
  const { projectId, importId } = target;
  const raterIds = await addRaters(db, target, rows);
  const records = rows.map(({ where, record }) => {
    const rater = record.rater === undefined ? {} : { rater: raterIds.get(record.rater) ?? record.rater };
    return { ...record, ...rater, ...(isPosition(record.id, where, target.file) && { id: contentId(record) }) };
  });
  const known = new Map((await withIds(db, projectId, records)).map((one) => [one.id, one]));
  const named = records.map((record) => {
    const other = known.get(record.id);
    if (other === undefined) known.set(record.id, record);
    // Another set may number its rows alike: theirs is no reason to leave ours out.
    return other === undefined || isSame(other, record) ? record : { ...record, id: `${record.id}~${thingId(record)}` };
  });
  const recorded = await insertComparisons(
    { db },
    named.map((record) => ({ projectId, record, source: `import:${importId}` })),
  );
  return { added: recorded.filter((one) => one === 'recorded').length, raterIds };
}

/**
 * Whether an id only says where its row stood: `17` of row 17, `choices.jsonl:17`, `tasks.json[17]`, `ratings.csv:17:VQ` of one of its
 * questions, or `answers.jsonl:4+answers.jsonl:17` of two rows that make a pair.
 */
function isPosition(id: string, where: string, file: string): boolean {
  const [, before, position] = /([:|[])(\d+)\]?$/.exec(where) ?? [];
  if (position === undefined) return false;
  const [first = '', ...rest] = id.split(file);
  if (id === position) return before !== '['; // readers name an entry of a list by its file alone
  return first === '' && rest.some((place) => /^[:[](\d+)/.exec(place)?.[1] === position);
}

/** The id of a record that has none: the same choice between the same things by the same rater is the same record. */
function contentId({ prompt, candidates, outcome, question, rater, session, at }: Comparison): string {
  return digest([prompt, candidates, outcome, question, rater, session, at], 32);
}

const thingId = ({ prompt, candidates, question }: Thing) =>
  digest([prompt, question, candidates.map(({ media }) => media)], 12);

type Thing = Pick<Comparison, 'prompt' | 'candidates' | 'question'>;

/** Whether two records with one id compare the same things. What was chosen may have been corrected since, and the rater forgotten. */
function isSame(a: Thing, b: Thing): boolean {
  return (
    a.prompt === b.prompt &&
    a.question === b.question &&
    a.candidates.length === b.candidates.length &&
    a.candidates.every(({ media }, index) => media === b.candidates[index]?.media)
  );
}

function digest(value: unknown, digits: number): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, digits);
}

function withIds(db: Database, projectId: string, records: readonly Comparison[]): Promise<(Thing & { id: string })[]> {
  const { id, prompt, candidates, question } = comparisons;
  return db
    .select({ id, prompt, candidates, question })
    .from(comparisons)
    .where(
      and(
        eq(comparisons.projectId, projectId),
        isOneOf(
          id,
          records.map((record) => record.id),
        ),
      ),
    );
}

/** One parameter, however many values. */
const isOneOf = (column: typeof comparisons.id | typeof raters.id, values: readonly string[]) =>
  sql`${column} in (select json_array_elements_text(${JSON.stringify(values)}::json))`;

/** More than this many are looked up again. */
const ratersHeld = 50_000;

/**
 * The ids that raters of a source have in the project, made where they are new. An id is a digest of project and name, and the name
 * itself is not kept, as it may be an address: a rater of a set exported from this project is who he was. A scorer or a recipe is no person, and keeps its name.
 */
async function addRaters(db: Database, target: BatchTarget, rows: readonly ImportRow[]): Promise<Map<string, string>> {
  const { projectId, raterIds } = target;
  const found = new Map<string, string>();
  for (const { rater } of rows.map(({ record }) => record))
    if (rater !== undefined)
      found.set(rater, splitRaters(rater).every(isProgram) ? rater : (raterIds.get(rater) ?? ''));
  const fresh = [...found].filter(([, id]) => id === '').map(([rater]) => rater);
  if (fresh.length === 0) return found;
  const members = await db
    .select({ id: raters.id })
    .from(raters)
    .where(and(eq(raters.projectId, projectId), isOneOf(raters.id, fresh)));
  const here = new Set(members.map(({ id }) => id));
  for (const rater of fresh) found.set(rater, here.has(rater) ? rater : digest([projectId, rater], 24));
  const values = fresh
    .filter((rater) => !here.has(rater))
    .map((rater) => ({ id: found.get(rater) ?? '', projectId, name: `Rater ${found.get(rater)?.slice(0, 6)}` }));
  if (values.length > 0) await db.insert(raters).values(values).onConflictDoNothing();
  return found;
}
