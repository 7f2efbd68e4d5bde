import { sql } from 'drizzle-orm';
import PgBoss from 'pg-boss';
import type { Database, Store } from '../store/open.js';
import { rowsOf } from '../store/record.js';
import { bossDatabase, bossTransaction } from './boss-database.js';

/** Work to be done. The same id in the same queue is the same work: adding it again changes nothing. */
export interface QueuedJob<Data extends object = object> {
  /** A UUID. */
  readonly id: string;
  readonly data: Data;
  /** Higher ones are taken first. */
  readonly priority: number;
}

/** A job that a worker has taken, for as long as it says that it lives. */
export interface Lease<Data extends object = object> {
  readonly queue: string;
  readonly id: string;
  /** 0 the first time that the job is taken. With the id it names this lease among those of the job. */
  readonly attempt: number;
  readonly data: Data;
}

export type LeaseName = Pick<Lease, 'queue' | 'id' | 'attempt'>;

export interface QueueCounts {
  readonly waiting: number;
  readonly active: number;
  /** Given up after too many attempts. */
  readonly failed: number;
}

export interface QueueFailure<Data extends object = object> {
  readonly queue: string;
  readonly data: Data;
  readonly message: string;
}

export interface JobQueueOptions {
  /** A lease that is not held anew for as long is over, and its job is taken again. */
  readonly leaseSeconds: number;
  /** How often a job is taken at most. */
  readonly attempts: number;
}

/** Queues of jobs in the database of a store. `prefix` names all queues that begin with it. */
export interface JobQueue {
  /** Makes a queue where there is none. */
  open(queue: string): Promise<void>;
  add(queue: string, jobs: readonly QueuedJob[], transaction?: Database): Promise<void>;
  take<Data extends object>(queue: string, count: number): Promise<Lease<Data>[]>;
  /** Lives on; false for a lease that is over. */
  hold(lease: LeaseName): Promise<boolean>;
  /** Takes finished jobs out, whoever has them. */
  remove(queue: string, ids: readonly string[], transaction: Database): Promise<void>;
  /** Gives a job back that was not tried, to be taken again at once; nothing for a lease that is over. */
  giveBack(lease: LeaseName): Promise<void>;
  /** Gives a job back, to be taken again if it has attempts left; nothing for a lease that is over. */
  fail(lease: LeaseName, message: string): Promise<void>;
  /** Gives back the jobs of all leases that are over. */
  expire(): Promise<void>;
  counts(prefix: string): Promise<Map<string, QueueCounts>>;
  failures<Data extends object>(prefix: string, limit: number): Promise<QueueFailure<Data>[]>;
  /** Takes out every job that nobody works on, failed ones too. */
  clear(prefix: string): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens the queues of a store. They are pg-boss's, in the schema `pgboss` of the same database, which pg-boss makes and migrates by
 * itself. Its own upkeep is off: jobs that are finished leave at once, those that wait have no end.
 */
export async function openJobQueue(store: Store, { leaseSeconds, attempts }: JobQueueOptions): Promise<JobQueue> {
  const boss = new PgBoss({ db: bossDatabase(store), supervise: false, schedule: false });
  boss.on('error', () => {}); // whoever asked is told
  await boss.start();
  const { db } = store;
  const settings = { retryLimit: attempts - 1, expireInSeconds: leaseSeconds };
  const known = new Set<string>();
  const active = (lease: LeaseName) =>
    sql`name = ${lease.queue} and id = ${lease.id}::uuid and state = 'active' and retry_count = ${lease.attempt}`;
  return {
    async open(queue) {
      if (known.has(queue)) return;
      await boss.createQueue(queue, { name: queue, ...settings });
      known.add(queue);
    },
    async add(queue, jobs, transaction) {
      if (jobs.length === 0) return;
      const rows = jobs.map(({ id, data, priority }) => ({ id, name: queue, data, priority, ...settings }));
      await boss.insert(rows, transaction ? { db: bossTransaction(transaction) } : {});
    },
    async take<Data extends object>(queue: string, count: number) {
      // No job has an hour before which it may not be taken; asked for one, pg-boss passes by what came within this tick of the clock.
      const jobs = await boss.fetch<Data>(queue, { includeMetadata: true, batchSize: count, ignoreStartAfter: true });
      return jobs.map(({ id, data, retryCount }) => ({ queue, id, attempt: retryCount, data }));
    },
    async hold(lease) {
      // pg-boss has no word for it: a job's time begins anew.
      const held = await db.execute(sql`update pgboss.job set started_on = now() where ${active(lease)} returning 1`);
      return rowsOf(held).length === 1;
    },
    async giveBack(lease) {
      // Nor for this: taking it again adds 1 to what is taken off.
      await db.execute(
        sql`update pgboss.job set state = 'retry', retry_count = retry_count - 1, start_after = now() where ${active(lease)}`,
      );
    },
    async remove(queue, ids, transaction) {
      if (ids.length > 0) await boss.deleteJob(queue, [...ids], { db: bossTransaction(transaction) });
    },
    async fail(lease, message) {
      const mine = await db.execute(sql`select 1 from pgboss.job where ${active(lease)}`);
      if (rowsOf(mine).length === 1) await boss.fail(lease.queue, lease.id, { message });
    },
    expire: () => boss.expire(),
    async counts(prefix) {
      const rows = rowsOf<{ name: string } & QueueCounts>(
        await db.execute(sql`
          select name, count(*) filter (where state < 'active')::int as waiting,
            count(*) filter (where state = 'active')::int as active, count(*) filter (where state = 'failed')::int as failed
          from pgboss.job where starts_with(name, ${prefix}) group by name order by name`),
      );
      return new Map(rows.map(({ name, ...counts }) => [name, counts]));
    },
    async failures<Data extends object>(prefix: string, limit: number) {
      return rowsOf<QueueFailure<Data>>(
        await db.execute(sql`
          select name as queue, data, coalesce(output ->> 'message', output -> 'value' ->> 'message', '') as message
          from pgboss.job where starts_with(name, ${prefix}) and state = 'failed' order by name, id limit ${limit}`),
      );
    },
    async clear(prefix) {
      await db.execute(sql`delete from pgboss.job where starts_with(name, ${prefix}) and state <> 'active'`);
    },
    close: () => boss.stop({ graceful: false }),
  };
}
