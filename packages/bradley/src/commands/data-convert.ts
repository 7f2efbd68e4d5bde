import { newPath } from '@bradley/formats';
import { comparisonFormats, writtenFormats } from '@bradley/preferences';
import { z } from 'zod';
import { command } from '../cli/command.js';

export const dataConvert = command({
  summary: 'Write comparisons in another format.',
  description:
    'Reads a set by what is there, or as --from says, and writes it whole or not at all. Nothing is fetched from the network. Rows that cannot be ' +
    'read, and records that the format has no place for, are left out and counted by problem; the exit code is 1 when there are any.',
  example: [
    'data convert comparisons/ set.jsonl --to jsonl',
    'data convert export.json set.parquet --to table --from label-studio',
    'data convert pickapic.parquet pairs --to folder --json > report.json',
  ],
  positional: ['input', 'output'],
  options: z.object({
    input: z.string().min(1).describe('set of comparisons: a folder or a file'),
    output: z.string().min(1).describe('file or folder to write, which must not exist'),
    to: z.enum(writtenFormats).describe('format to write'),
    from: z.enum(comparisonFormats).optional().describe('format of the input; without it, what its fields say'),
    maxRefusals: z.int().positive().default(20).describe('refused rows listed at most; all are counted'),
  }),
  async run({ input, output, to, from, maxRefusals }, out) {
    const { convertComparisons, formatConversion, openComparisons } = await import('@bradley/preferences');
    const source = await openComparisons(input, from);
    const started = performance.now();
    const onRow = (rows: number) => {
      if (rows % 100 !== 0) return;
      const rate = Math.round((1000 * rows) / (performance.now() - started));
      out.status(`${rows} rows of ${source.format}, ${rate} rows/s`);
    };
    const report = await convertComparisons(source, await newPath(output), to, { maxRefusals, onRow });
    out.result(report, formatConversion(report));
    return report.refused.length > 0 ? 'failed' : undefined;
  },
});
