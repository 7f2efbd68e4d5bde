import {
  findSynpicPlan,
  type JobQueue,
  keepMedia,
  type MediaStore,
  openJobQueue,
  type QueueCounts,
  recordSynpicResults,
  recordTeachers,
  type Store,
  type SynpicResult,
  synpicPace,
  synpicPlannedAt,
  synpicResultsOf,
  tallySynpic,
} from '@bradley/preferences';
import type { Finished, Jobs, SourceStatus, SynpicStatus, Taken, WorkLease } from './jobs.js';
import { type Plan, planSchema } from './plan.js';
import { idOf, queued, queueOf, queuesOf, scoreItems, type WorkItem, workItemSchema } from './work-item.js';

const nothing: QueueCounts = { waiting: 0, active: 0, failed: 0 };

/**
 * A plan's jobs in a store that this process has open: the one process that owns a folder, or any that reaches a PostgreSQL server. A
 * result is recorded, its job leaves the queue and what follows from it comes in, all in one transaction.
 *
 * @throws Error where there is no such plan
 */
export async function storeJobs(store: Store, media: MediaStore, name: string): Promise<Jobs> {
  const planned = planReader(store, name);
  const { plan } = await planned();
  const queue = await openQueue(store, plan);
  let expiredAt = 0;

  /** Those of leased jobs that are not done yet: one that finished while it was being planned again is not done twice. */
  const unfinished = async (leases: readonly WorkLease[]): Promise<WorkLease[]> => {
    const done = await synpicResultsOf(
      store,
      name,
      leases.map(({ id }) => id),
    );
    const known = leases.filter(({ id }) => done.has(id));
    if (known.length > 0)
      await store.db.transaction(async (transaction) => {
        for (const { queue: of, id } of known) await queue.remove(of, [id], transaction);
      });
    return leases.filter(({ id }) => !done.has(id));
  };

  const takeFrom = async (of: string, batch: number): Promise<WorkLease[]> => {
    const count = of.startsWith(`${queuesOf(name)}score.`) ? batch : 1;
    for (;;) {
      const leases = await queue.take<WorkItem>(of, count);
      const todo = await unfinished(leases);
      if (todo.length > 0 || leases.length === 0) return todo;
    }
  };

  return {
    plan: name,
    lease: plan.lease,
    async take(_worker, prefers): Promise<Taken> {
      const now = await planned();
      if (!now.ready) return { kind: 'wait' };
      if (Date.now() - expiredAt > (plan.lease * 1000) / 4) {
        expiredAt = Date.now();
        await queue.expire();
      }
      const { batch } = now.plan;
      if (prefers?.startsWith(queuesOf(name))) {
        const leases = await takeFrom(prefers, batch);
        if (leases.length > 0) return { kind: 'work', leases };
      }
      const counts = await queue.counts(queuesOf(name));
      const share = ({ waiting, active }: QueueCounts) => waiting / (active + 1);
      for (const [of] of [...counts].filter(([, one]) => one.waiting > 0).sort((a, b) => share(b[1]) - share(a[1]))) {
        const leases = await takeFrom(of, batch);
        if (leases.length > 0) return { kind: 'work', leases };
      }
      const left = [...counts.values()].some(({ waiting, active }) => waiting + active > 0);
      return left ? { kind: 'wait' } : { kind: 'finished' };
    },
    async hold(leases) {
      for (const lease of leases) await queue.hold(lease);
    },
    async finish(worker, finished) {
      const pictures = finished.flatMap(({ result }) =>
        result.kind === 'generate' ? [{ bytes: result.picture }] : [],
      );
      const kept = await keepMedia(store, media, pictures);
      await recordTeachers(
        store,
        finished.flatMap(({ result }) => (result.kind === 'score' ? (result.teachers ?? []) : [])),
      );
      const results = finished.map((one) => resultOf(name, worker, one, () => kept.shift()?.sha256 ?? null));
      await recordFinished(
        store,
        queue,
        (await planned()).plan,
        finished.map(({ lease }) => lease.data),
        results,
      );
    },
    async giveBack(leases) {
      for (const lease of leases) await queue.giveBack(lease);
    },
    fail: (lease, message) => queue.fail(lease, message),
    async picture(sha256) {
      const bytes = await media.get(sha256);
      if (!bytes)
        throw new Error(`${sha256} is not in ${media.where}. Name the same --media as the process that made it.`);
      return bytes;
    },
    status: async () => statusOf(store, queue, await planned()),
    close: () => queue.close(),
  };
}

export const openQueue = (store: Store, { lease, attempts }: Pick<Plan, 'lease' | 'attempts'>): Promise<JobQueue> =>
  openJobQueue(store, { leaseSeconds: Math.ceil(lease), attempts });

/** Records results with what follows from them: of a picture, its scores. */
export async function recordFinished(
  store: Store,
  queue: JobQueue,
  plan: Plan,
  items: readonly WorkItem[],
  results: readonly SynpicResult[],
): Promise<void> {
  await store.db.transaction(async (transaction) => {
    const added = await recordSynpicResults(transaction, results);
    const follow: WorkItem[] = [];
    for (const [i, item] of items.entries()) {
      const { job, media } = results[i] as SynpicResult;
      await queue.remove(queueOf(plan.name, item), [job], transaction);
      if (media !== null && added.has(job)) follow.push(...scoreItems(plan, item, media));
    }
    await addUnfinished({ db: transaction }, queue, plan.name, follow, transaction);
  });
}

/** Puts work into its queues, unless it is there or done. */
export async function addUnfinished(
  where: Pick<Store, 'db'>,
  queue: JobQueue,
  plan: string,
  items: readonly WorkItem[],
  transaction?: Store['db'],
): Promise<void> {
  const jobs = items.map((item) => ({ of: queueOf(plan, item), job: queued(item) }));
  const done = await synpicResultsOf(
    where,
    plan,
    jobs.map(({ job }) => job.id),
  );
  for (const name of new Set(jobs.map(({ of }) => of))) {
    const some = jobs.filter(({ of, job }) => of === name && !done.has(job.id));
    await queue.add(
      name,
      some.map(({ job }) => job),
      transaction,
    );
  }
}

/**
 * @throws Error where the score is no number, or the work is not what the lease says
 */
function resultOf(
  plan: string,
  worker: string,
  { lease, result, ...cost }: Finished,
  kept: () => string | null,
): SynpicResult {
  const item = workItemSchema.parse(lease.data);
  if (result.kind !== item.kind || idOf(item) !== lease.id)
    throw new Error(
      `a ${result.kind} is no result of the job ${lease.id}, which is a ${item.kind} of "${item.prompt}"`,
    );
  if (result.kind === 'score' && !Number.isFinite(result.score))
    throw new Error(
      `${item.source} gave ${result.score} for a picture of "${item.prompt}", where a finite number is due`,
    );
  const { wallSeconds, cpuSeconds, openingSeconds } = cost;
  return {
    ...{ plan, job: lease.id, kind: item.kind, source: item.source, worker },
    ...{ wallSeconds, cpuSeconds, openingSeconds },
    ...(result.kind === 'generate'
      ? { media: kept(), score: null, rater: null }
      : { media: null, score: result.score, rater: result.rater }),
  };
}

interface ReadPlan {
  readonly plan: Plan;
  readonly ready: boolean;
}

/** The plan as it is in the store, parsed anew when it was planned anew. */
function planReader(store: Store, name: string): () => Promise<ReadPlan> {
  let read: ReadPlan | null = null;
  let at: string | undefined;
  return async () => {
    const plannedAt = await synpicPlannedAt(store, name);
    if (read !== null && plannedAt !== null && plannedAt === at) return read;
    const row = await findSynpicPlan(store, name);
    if (!row)
      throw new Error(`${store.where}: there is no Syn-Pic job ${name}. Begin it: bradley synpic start --config ….`);
    at = row.plannedAt?.toISOString();
    read = { plan: planSchema.parse(row.config), ready: row.plannedAt !== null };
    return read;
  };
}

async function statusOf(store: Store, queue: JobQueue, { plan, ready }: ReadPlan): Promise<SynpicStatus> {
  const prefix = queuesOf(plan.name);
  const counts = await queue.counts(prefix);
  const tallies = await tallySynpic(store, plan.name);
  const sources: SourceStatus[] = [
    ...Object.keys(plan.generators).map((source) => ({ kind: 'generate' as const, source })),
    ...plan.scorers.map((source) => ({ kind: 'score' as const, source })),
  ].map((of) => {
    const {
      done = 0,
      wallSeconds = 0,
      cpuSeconds = 0,
      openingSeconds = 0,
    } = tallies.find(({ kind, source }) => kind === of.kind && source === of.source) ?? {};
    const { waiting, active, failed } = counts.get(queueOf(plan.name, of)) ?? nothing;
    return { ...of, ...{ done, waiting, active, failed, wallSeconds, cpuSeconds, openingSeconds } };
  });
  const failures = (await queue.failures<WorkItem>(prefix, 20)).map(({ data: { source, prompt }, message }) => ({
    ...{ source, prompt, message },
  }));
  return {
    ...{ plan: plan.name, prompts: plan.prompts.length, ready, pricePerHour: plan.pricePerHour, sources, failures },
    pace: await synpicPace(store, plan.name),
  };
}
