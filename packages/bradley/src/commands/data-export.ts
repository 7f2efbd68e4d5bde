import { newPath } from '@bradley/formats';
import { writtenFormats } from '@bradley/preferences';
import { z } from 'zod';
import { command } from '../cli/command.js';
import { storeFields } from '../config/store-fields.js';

export const dataExport = command({
  summary: "Write the comparisons of an arena's project in a format.",
  description:
    'Withdrawn comparisons, and those that test raters, are left out unless they are asked for. Records that the format has no place for are left ' +
    'out and counted by problem; the exit code is 1 when there are any.',
  example: [
    'data export cats.jsonl --project cats --to jsonl',
    'data export set.parquet --project cats --to table --store postgres://bradley@localhost/arena',
  ],
  positional: ['output'],
  options: z.object({
    output: z.string().min(1).describe('file or folder to write, which must not exist'),
    to: z.enum(writtenFormats).describe('format to write'),
    ...storeFields,
    withdrawn: z.boolean().default(false).describe('withdrawn ones too'),
    tests: z.boolean().default(false).describe('gold questions, attention checks and repeats too'),
  }),
  async run({ output, to, project, withdrawn, tests, ...place }, out) {
    const preferences = await import('@bradley/preferences');
    const { withStore } = await import('../arena/open-store.js');
    return withStore(place, async (store, media) => {
      await preferences.requireProject(store, project);
      const filter = { withdrawn, ...(tests && { purposes: preferences.purposes }) };
      const source = preferences.storeSource(store, media, { projectId: project, filter });
      const onRow = (rows: number) => rows % 1000 === 0 && out.status(`${rows} rows`);
      const report = await preferences.convertComparisons(source, await newPath(output), to, {
        maxRefusals: 20,
        onRow,
      });
      out.result(report, preferences.formatConversion(report));
      return report.refused.length > 0 ? 'failed' : undefined;
    });
  },
});
