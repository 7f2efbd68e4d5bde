import { z } from 'zod';
import { command } from '../cli/command.js';
import { synpicJob, synpicPlace } from '../config/synpic-fields.js';

export const synpicStatus = command({
  summary: 'Say how far a Syn-Pic job is, and what each picture and score cost.',
  example: ['synpic status', 'synpic status --store postgres://bradley@db/synpic'],
  options: z.object({ ...synpicPlace, job: synpicJob }),
  async run({ job, ...place }, out) {
    const { LockedError } = await import('@bradley/formats');
    const { httpJobs } = await import('../synpic/http-jobs.js');
    const { readOwner } = await import('../synpic/start-synpic.js');
    const { openJob } = await import('../synpic/open-job.js');
    const { storeJobs } = await import('../synpic/store-jobs.js');
    const { formatStatus } = await import('../synpic/format-status.js');
    const { withStore } = await import('../arena/open-store.js');
    const status = await withStore(place, async (store, media) => {
      const jobs = await storeJobs(store, media, (await openJob(store, job)).name);
      return jobs.status().finally(() => jobs.close());
    }).catch(async (error: Error) => {
      const owner = error.cause instanceof LockedError ? await readOwner(place.folder) : null;
      if (!owner) throw error;
      return (await httpJobs(owner.url, owner.token, { patience: 5 })).status(); // it has the database
    });
    out.result(status, formatStatus(status));
    return undefined;
  },
});
