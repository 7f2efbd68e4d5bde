import { comparisonFormats } from '@bradley/preferences';
import { z } from 'zod';
import { command } from '../cli/command.js';
import { storeFields } from '../config/store-fields.js';

export const dataImport = command({
  summary: "Import comparisons into an arena's project.",
  description:
    'Reads a set by what is there, or as --from says, in batches: Ctrl-C or a crash loses none that was written, and the same command goes on; made ' +
    'again, it adds nothing. Pictures are copied, addresses on the network are kept as they are. What cannot be read is refused and counted by ' +
    'problem. A project that is not there is made.',
  example: [
    'data import comparisons/ --project cats',
    'data import pickapic.parquet --project pickapic --store postgres://bradley@localhost/arena',
  ],
  positional: ['path'],
  options: z.object({
    path: z.string().min(1).describe('set of comparisons: a folder or a file'),
    ...storeFields,
    from: z.enum(comparisonFormats).optional().describe('format of the set; without it, what its fields say'),
  }),
  async run({ path, project, from, ...place }, out) {
    const { projectSettingsSchema } = await import('@bradley/arena-contract');
    const preferences = await import('@bradley/preferences');
    const { withStore } = await import('../arena/open-store.js');
    const source = await preferences.openComparisons(path, from);
    const stop = new AbortController();
    const interrupt = () => stop.abort();
    process.once('SIGINT', interrupt); // a second one ends it at once
    try {
      return await withStore(
        place,
        async (store, media) => {
          const settings = projectSettingsSchema.parse({});
          if (await preferences.createProject(store, { id: project, name: project, settings }))
            out.note(`Made the project ${project}.`);
          const started = performance.now();
          const done = await preferences.importComparisons(store, media, source, {
            projectId: project,
            signal: stop.signal,
            onBegin: ({ read }) => read > 0 && out.note(`Going on after row ${read}.`),
            onProgress: ({ read, added }) =>
              out.status(
                `${read} rows, ${added} added, ${Math.round((1000 * read) / (performance.now() - started))} rows/s`,
              ),
          });
          out.result(done, preferences.formatImport(done));
          return done.status !== 'finished' || done.refused > 0 ? 'failed' : undefined;
        },
        { make: true },
      );
    } finally {
      process.off('SIGINT', interrupt);
    }
  },
});
