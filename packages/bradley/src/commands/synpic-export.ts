import { newPath } from '@bradley/formats';
import { z } from 'zod';
import { command } from '../cli/command.js';
import { UsageError } from '../cli/usage-error.js';
import { synpicJob, synpicPlace } from '../config/synpic-fields.js';

export const synpicExport = command({
  summary: 'Write the rankings of a Syn-Pic job: as a file, or frozen for training.',
  description:
    'A record for each prompt whose work is done: its pictures, and the raw score of each by each scorer. With --freeze it becomes a snapshot, which ' +
    'bradley train --data takes by name; a file is a .jsonl with its pictures beside it, which bradley label combines into rankings or winners.',
  example: [
    'synpic export --freeze ranks',
    'train --model models/emoji --data ranks --data.snapshots bradley-synpic/snapshots --objective rank-dpo --steps 200 --output runs/ranks',
    'synpic export --output ranks.jsonl',
  ],
  options: z.object({
    ...synpicPlace,
    job: synpicJob,
    output: z.string().min(1).optional().describe('.jsonl file to write, which must not exist'),
    freeze: z.string().min(1).optional().describe('name of a snapshot, 1 to 64 of a–z, 0–9 and -'),
  }),
  async run({ job, output, freeze, ...place }, out) {
    if ((output === undefined) === (freeze === undefined))
      throw new UsageError('name either --output, a file, or --freeze, a snapshot.');
    const { join, resolve } = await import('node:path');
    const { arenaFolders } = await import('@bradley/arena-server');
    const { freezeSynpic, writeSynpic } = await import('../synpic/export-synpic.js');
    const { openJob } = await import('../synpic/open-job.js');
    const { withStore } = await import('../arena/open-store.js');
    return withStore(place, async (store, media) => {
      const plan = await openJob(store, job);
      const counts = { written: 0, unfinished: 0, alike: 0 };
      const folder = resolve(join(place.folder, arenaFolders.snapshots));
      const path =
        output === undefined
          ? (await freezeSynpic(store, media, plan, { name: freeze as string, folder }, counts)).path
          : await writeSynpic(store, media, plan, await newPath(output), counts);
      const left = [
        ...(counts.unfinished > 0 ? [`${counts.unfinished} prompts are not finished`] : []),
        ...(counts.alike > 0 ? [`of ${counts.alike} every generator made the same picture`] : []),
      ];
      out.result({ path, ...counts }, [`Wrote ${counts.written} rankings to ${path}`, ...left].join('; '));
      return undefined;
    });
  },
});
