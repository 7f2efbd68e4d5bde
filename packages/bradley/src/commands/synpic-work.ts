import { z } from 'zod';
import { command } from '../cli/command.js';
import { UsageError } from '../cli/usage-error.js';
import { synpicJob, synpicPlace } from '../config/synpic-fields.js';
import { threadsField } from '../config/threads-field.js';

export const synpicWork = command({
  summary: 'Work for a Syn-Pic job of this computer, another one, or a PostgreSQL server.',
  description:
    'Takes pieces of work until there are none. From the process that serves them (--url and the token in BRADLEY_SYNPIC_TOKEN; without --url what ' +
    'runs in --folder), or from a PostgreSQL server (--store, with the job’s --media). Models are found from the working directory, as from the folder of the job’s file.',
  example: [
    'synpic work',
    'synpic work --url http://192.168.0.5:4690',
    'synpic work --store postgres://bradley@db/synpic --media s3://bucket/synpic',
  ],
  options: z.object({
    ...synpicPlace,
    job: synpicJob,
    url: z.url().optional().describe('where bradley synpic start serves the work'),
    threads: threadsField.optional().describe(threadsField.description ?? ''),
  }),
  async run({ url, job, threads, ...place }, out) {
    const { hostname } = await import('node:os');
    const { httpJobs } = await import('../synpic/http-jobs.js');
    const { readOwner } = await import('../synpic/start-synpic.js');
    const { openJob } = await import('../synpic/open-job.js');
    const { storeJobs } = await import('../synpic/store-jobs.js');
    const { work } = await import('../synpic/work.js');
    const { openWorkbench } = await import('../synpic/workbench.js');
    const { withStore } = await import('../arena/open-store.js');
    const ending = new AbortController();
    process.once('SIGINT', () => {
      ending.abort();
      out.note('Ending after the work at hand; Ctrl-C again ends it now.');
    });
    const bench = openWorkbench({ threads });
    const run = async (jobs: Awaited<ReturnType<typeof httpJobs>>) => {
      const onDone = (done: number) => out.status(`${done} pieces of work done`);
      const worker = `${hostname()}:${process.pid}`;
      const done = await work(jobs, bench, {
        worker,
        onDone,
        onFailure: (text) => out.note(text),
        signal: ending.signal,
      });
      await bench.release();
      out.result({ done }, `Did ${done} pieces of work.`);
      return undefined;
    };
    if (place.store !== undefined)
      return withStore(place, async (store, media) => {
        const jobs = await storeJobs(store, media, (await openJob(store, job)).name);
        return run(jobs).finally(() => jobs.close());
      });
    const owner = url === undefined ? await readOwner(place.folder) : null;
    const token = owner?.token ?? process.env.BRADLEY_SYNPIC_TOKEN;
    const address = url ?? owner?.url;
    if (!address)
      throw new UsageError(
        `nothing serves a Syn-Pic job in ${place.folder}: start it (bradley synpic start <file>), or name --url or --store.`,
      );
    if (!token)
      throw new UsageError(
        '--url needs the token in BRADLEY_SYNPIC_TOKEN: owner.json in the folder of the job has it.',
      );
    return run(await httpJobs(address, token));
  },
});
