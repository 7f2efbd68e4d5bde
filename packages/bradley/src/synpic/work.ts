import { setTimeout as delay } from 'node:timers/promises';
import type { Jobs, WorkLease } from './jobs.js';
import { queueOf } from './work-item.js';
import { OpeningError, type Workbench } from './workbench.js';

export interface WorkOptions {
  /** What results are recorded under. */
  readonly worker: string;
  readonly onDone?: (pieces: number) => void;
  readonly onFailure?: (message: string) => void;
  /** Ends it after the work at hand. */
  readonly signal?: AbortSignal;
}

/** How long a worker waits while others have all work that there is. */
const waitMilliseconds = 500;

/**
 * Works until there is no more, and returns how many pieces it did.
 * @throws OpeningError where a generator or scorer cannot be opened here
 */
export async function work(jobs: Jobs, bench: Workbench, options: WorkOptions): Promise<number> {
  const { worker, onDone, onFailure, signal } = options;
  let done = 0;
  let prefers: string | null = null;
  while (!signal?.aborted) {
    const taken = await jobs.take(worker, prefers);
    if (taken.kind === 'finished') break;
    if (taken.kind === 'wait') {
      await delay(waitMilliseconds);
      continue;
    }
    const { leases } = taken;
    const [first] = leases;
    if (first) prefers = queueOf(jobs.plan, first.data);
    try {
      const finished = await holding(jobs, leases, () => bench.run(leases, jobs));
      await jobs.finish(worker, finished);
      done += finished.length;
      onDone?.(done);
    } catch (error) {
      if (error instanceof OpeningError) {
        await jobs.giveBack(leases);
        throw error;
      }
      const message = error instanceof Error ? error.message : String(error);
      onFailure?.(message);
      for (const lease of leases) await jobs.fail(lease, message);
    }
  }
  return done;
}

/** Says that the worker lives, while it works. */
async function holding<Value>(jobs: Jobs, leases: readonly WorkLease[], run: () => Promise<Value>): Promise<Value> {
  const beat = setInterval(() => void jobs.hold(leases).catch(() => {}), (jobs.lease * 1000) / 3); // without it the lease ends
  try {
    return await run();
  } finally {
    clearInterval(beat);
  }
}
