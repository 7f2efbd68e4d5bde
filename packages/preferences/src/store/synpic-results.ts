import { and, eq, inArray, sql } from 'drizzle-orm';
import type { Database, Store } from './open.js';
import { rowsOf } from './record.js';
import { type SynpicKind, synpicPlans, synpicResults } from './schema.js';

export type SynpicPlan = typeof synpicPlans.$inferSelect;
export type SynpicResult = Omit<typeof synpicResults.$inferSelect, 'finishedAt'>;

/** What the work on one kind of thing by one generator or scorer has come to. */
export interface SynpicTally {
  readonly kind: SynpicKind;
  readonly source: string;
  readonly done: number;
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
  readonly openingSeconds: number;
}

type Where = Pick<Store, 'db'>;

export async function findSynpicPlan({ db }: Where, name: string): Promise<SynpicPlan | null> {
  const [found] = await db.select().from(synpicPlans).where(eq(synpicPlans.name, name));
  return found ?? null;
}

/** When a plan was last made, in ISO 8601; null where there is none, or while it is made. */
export async function synpicPlannedAt({ db }: Where, name: string): Promise<string | null> {
  const [found] = await db.select({ at: synpicPlans.plannedAt }).from(synpicPlans).where(eq(synpicPlans.name, name));
  return found?.at?.toISOString() ?? null;
}

export async function listSynpicPlans({ db }: Where): Promise<SynpicPlan[]> {
  return db.select().from(synpicPlans).orderBy(synpicPlans.createdAt, synpicPlans.name);
}

/** Says that a plan is being made, or made anew: workers wait until it is ready. */
export async function beginSynpicPlan({ db }: Where, name: string, config: unknown): Promise<void> {
  const values = { config, plannedAt: null };
  await db
    .insert(synpicPlans)
    .values({ name, ...values })
    .onConflictDoUpdate({ target: synpicPlans.name, set: values });
}

export async function finishSynpicPlan({ db }: Where, name: string): Promise<void> {
  await db.update(synpicPlans).set({ plannedAt: new Date() }).where(eq(synpicPlans.name, name));
}

/** Records results; those that are there already stay as they are. Returns the jobs of the new ones. */
export async function recordSynpicResults(db: Database, results: readonly SynpicResult[]): Promise<Set<string>> {
  if (results.length === 0) return new Set();
  const added = await db
    .insert(synpicResults)
    .values([...results])
    .onConflictDoNothing()
    .returning({ job: synpicResults.job });
  return new Set(added.map(({ job }) => job));
}

/** The results of a plan's jobs, those that are there. */
export async function synpicResultsOf(
  { db }: Where,
  plan: string,
  jobs: readonly string[],
): Promise<Map<string, SynpicResult>> {
  const found = new Map<string, SynpicResult>();
  for (let start = 0; start < jobs.length; start += batch) {
    const some = jobs.slice(start, start + batch);
    const rows = await db
      .select()
      .from(synpicResults)
      .where(and(eq(synpicResults.plan, plan), inArray(synpicResults.job, some)));
    for (const row of rows) found.set(row.job, row);
  }
  return found;
}

const batch = 1000;

/** By kind and source, in the order of their names. */
export async function tallySynpic({ db }: Where, plan: string): Promise<SynpicTally[]> {
  return rowsOf<SynpicTally>(
    await db.execute(sql`
      select kind, source, count(*)::int as done, sum(wall_seconds) as "wallSeconds", sum(cpu_seconds) as "cpuSeconds",
        sum(opening_seconds) as "openingSeconds"
      from ${synpicResults} where plan = ${plan} group by kind, source order by kind, source`),
  );
}

/** How fast a plan's work went. */
export interface SynpicPace {
  /** On the clock, while somebody worked; pauses of a minute or more are none of it. */
  readonly seconds: number;
  readonly pictures: number;
  readonly scores: number;
  readonly workers: number;
}

/** What was made here, that is: pictures that were there already, and the workers who found them, do not count. */
export async function synpicPace({ db }: Where, plan: string): Promise<SynpicPace> {
  const [pace] = rowsOf<SynpicPace>(
    await db.execute(sql`
      with work as (
        select kind, worker, finished_at as finished,
          finished_at - make_interval(secs => wall_seconds + opening_seconds) as began
        from ${synpicResults} where plan = ${plan} and wall_seconds > 0
      ), after as (
        select *, max(finished) over (order by began, finished rows between unbounded preceding and 1 preceding) as before
        from work
      )
      select coalesce(sum(greatest(0, extract(epoch from finished -
          case when began - before < interval '1 minute' then before else began end))), 0)::double precision as seconds,
        (count(*) filter (where kind = 'generate'))::int as pictures,
        (count(*) filter (where kind = 'score'))::int as scores,
        count(distinct worker)::int as workers
      from after`),
  );
  return pace as SynpicPace;
}
