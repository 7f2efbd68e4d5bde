import { hostname } from 'node:os';
import { httpJobs } from './http-jobs.js';
import { work } from './work.js';
import { openWorkbench } from './workbench.js';

/**
 * A worker that the process which owns the store has started: `fork(worker-process.js, [url, threads])`, the token in
 * BRADLEY_SYNPIC_TOKEN, the plan's folder as working directory. It ends with its parent.
 */
const [url, threads] = process.argv.slice(2);
const token = process.env.BRADLEY_SYNPIC_TOKEN;
if (!url || !token || !process.send) throw new Error('usage: fork(worker-process.js, [<url>, <threads>])');
process.on('disconnect', () => process.exit(1));
const bench = openWorkbench({ threads: Number(threads) });
try {
  const jobs = await httpJobs(url, token, { patience: 10 });
  await work(jobs, bench, { worker: `${hostname()}:${process.pid}`, onFailure: (message) => process.send?.(message) });
  process.exit(0);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
