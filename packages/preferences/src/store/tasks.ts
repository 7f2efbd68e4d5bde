import { randomUUID } from 'node:crypto';
import { and, eq, inArray, sql } from 'drizzle-orm';
import { isSha256 } from '../media-path.js';
import type { Candidate, Outcome } from '../record.js';
import type { Store } from './open.js';
import { rowsOf } from './record.js';
import { comparisons, media, type Purpose, tasks } from './schema.js';

/** Something to be judged, as it is put in. Without an id it gets one. */
export interface NewTask {
  readonly id?: string;
  readonly prompt: string;
  readonly candidates: readonly Candidate[];
  readonly purpose?: Exclude<Purpose, 'repeat'>;
  /** The known answer of a gold or attention task. */
  readonly expected?: Outcome;
  /** Before all others that are not. */
  readonly ahead?: boolean;
}

/** What a rater is shown of a task, and what is recorded of it. */
export interface TaskContent {
  readonly id: string;
  readonly prompt: string;
  readonly candidates: readonly Candidate[];
  /** Of the media that the store keeps: the type of each, by its sha256. */
  readonly types: Readonly<Record<string, string>>;
}

/** What the choice of the next task needs to know of one. */
export interface OpenTask {
  readonly id: string;
  readonly purpose: Exclude<Purpose, 'repeat'>;
  readonly position: number;
  /** Who made each candidate, in their order. */
  readonly makers: readonly Maker[];
  /** Who answered which question, and whether that counts: a skip does not. Repeats are left out. */
  readonly answers: readonly (readonly [rater: string, question: string, counts: boolean])[];
}
export type Maker = Pick<Candidate, 'model' | 'adapter'>;

/** Adds tasks to a project in one statement; one whose id is there already stays as it is. Returns the ids of those added. */
export async function addTasks({ db }: Pick<Store, 'db'>, projectId: string, added: readonly NewTask[]) {
  if (added.length === 0) return [];
  const cells = added.map(
    ({ id = randomUUID(), prompt, candidates, purpose = 'ordinary', expected, ahead = false }) => ({
      ...{ id, prompt, candidates, purpose, expected, ahead },
    }),
  );
  // The sequence counts on in either case, so that those put ahead keep their order too.
  const inserted = await db.execute(sql`
    insert into ${tasks} (id, project_id, prompt, candidates, purpose, expected, position)
    select id, ${projectId}, prompt, candidates, purpose, expected,
      nextval(pg_get_serial_sequence('tasks', 'position')) - case when ahead then ${aheadBy}::bigint else 0 end
    from json_to_recordset(${JSON.stringify(cells)}::json)
      as rows(id text, prompt text, candidates jsonb, purpose text, expected jsonb, ahead boolean)
    on conflict (id) do nothing
    returning id`);
  return rowsOf<{ id: string }>(inserted).map(({ id }) => id);
}

/** What makes a position negative; as large as a number holds exactly beside any sequence. */
const aheadBy = 2 ** 52;

/** What raters are shown of tasks, by id. Those that are not there are left out. */
export async function taskContents(
  { db }: Store,
  projectId: string,
  ids: readonly string[],
): Promise<Map<string, TaskContent>> {
  if (ids.length === 0) return new Map();
  const rows = await db
    .select({ id: tasks.id, prompt: tasks.prompt, candidates: tasks.candidates })
    .from(tasks)
    .where(and(eq(tasks.projectId, projectId), inArray(tasks.id, [...ids])));
  const kept = [...new Set(rows.flatMap(({ candidates }) => candidates.map((one) => one.media)).filter(isSha256))];
  const known = kept.length
    ? await db.select({ sha256: media.sha256, type: media.type }).from(media).where(inArray(media.sha256, kept))
    : [];
  const typeOf = new Map(known.map(({ sha256, type }) => [sha256, type]));
  return new Map(
    rows.map((row) => {
      const types = row.candidates.flatMap((one) => {
        const type = typeOf.get(one.media);
        return type ? [[one.media, type] as const] : [];
      });
      return [row.id, { ...row, types: Object.fromEntries(types) }];
    }),
  );
}

/** The answers of a task as `[rater, question, counts]`. Those of raters who were forgotten count as before. */
const answersOf = sql`(
  select coalesce(jsonb_agg(jsonb_build_array(coalesce(c.rater_id, 'nobody ' || c.seq), c.question, c.outcome ->> 'kind' <> 'skip')), '[]')
  from ${comparisons} c
  where c.task_id = t.id and c.project_id = t.project_id and c.withdrawn_at is null and c.purpose <> 'repeat')`;
const makersOf = sql`(
  select jsonb_agg(jsonb_strip_nulls(jsonb_build_object('model', o -> 'model', 'adapter', o -> 'adapter')) order by n)
  from jsonb_array_elements(t.candidates) with ordinality as one(o, n))`;

/** The tasks of one purpose after a position, in their order, that are not retired. */
export async function tasksAfter(
  { db }: Store,
  projectId: string,
  purpose: OpenTask['purpose'],
  position: number,
  limit: number,
): Promise<OpenTask[]> {
  const found = await db.execute(sql`
    select t.id, t.purpose, t.position, ${makersOf} as makers, ${answersOf} as answers
    from ${tasks} t
    where t.project_id = ${projectId} and t.purpose = ${purpose} and t.position > ${position} and t.retired_at is null
    order by t.position limit ${limit}`);
  return rowsOf<OpenTask>(found).map((row) => ({ ...row, position: Number(row.position) }));
}

/** One task, unless it is retired. */
export async function taskById({ db }: Store, projectId: string, id: string): Promise<OpenTask | null> {
  const found = await db.execute(sql`
    select t.id, t.purpose, t.position, ${makersOf} as makers, ${answersOf} as answers
    from ${tasks} t where t.project_id = ${projectId} and t.id = ${id} and t.retired_at is null`);
  const [row] = rowsOf<OpenTask>(found);
  return row ? { ...row, position: Number(row.position) } : null;
}
