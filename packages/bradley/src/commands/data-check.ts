import { z } from 'zod';
import { command } from '../cli/command.js';

export const dataCheck = command({
  summary: 'Check comparisons before training on them.',
  description:
    'Reads the whole set, decodes every image once, and lists what is wrong row by row: missing and damaged files, ' +
    'captions, outcomes that do not fit, repeats and contradictions. The exit code is 1 when anything is.',
  example: ['data check comparisons/', 'data check choices.jsonl --json > report.json'],
  positional: ['path'],
  options: z.object({
    path: z.string().min(1).describe('set of comparisons: a folder, a file, or a snapshot by name'),
    maxPixels: z
      .int()
      .positive()
      .optional()
      .describe('width × height above which an image is a problem; without it, what training refuses'),
    maxFindings: z.int().positive().default(1000).describe('findings listed at most; all are counted'),
  }),
  async run({ path, maxPixels, maxFindings }, out) {
    const { checkComparisons, formatCheck, openComparisons } = await import('@bradley/preferences');
    const { locateComparisons } = await import('../run/snapshots-folder.js');
    const onRow = (rows: number) => {
      if (rows % 100 === 0) out.status(`${rows} rows`);
    };
    const report = await checkComparisons(await openComparisons(await locateComparisons(path)), {
      ...(maxPixels && { maxPixels }),
      maxFindings,
      onRow,
    });
    out.result(report, formatCheck(report).trimEnd());
    return report.sound < report.rows ? 'failed' : undefined;
  },
});
