import { extname } from 'node:path';
import { splitRaters } from '../learnt-from.js';
import type { ComparisonSource, Problem, Refusal } from '../source.js';
import { teachersBehind, writeTeachers } from '../teachers.js';
import { comparisonWriters, type WrittenFormat } from './table.js';
import type { ComparisonWriter } from './writer.js';

/** What became of a set that was written in another format. */
export interface ConvertReport {
  readonly from: string;
  readonly to: WrittenFormat;
  readonly path: string;
  readonly rows: number;
  readonly written: number;
  /** Rows that could not be read, and records that could not be written, by problem, the most first. */
  readonly refused: readonly { readonly problem: Problem; readonly count: number }[];
  /** The first of them. */
  readonly refusals: readonly Refusal[];
}

export interface ConvertOptions {
  /** How many refusals the report lists; it counts them all. */
  readonly maxRefusals?: number;
  /** Called after each row that was read with the number of rows so far. */
  readonly onRow?: (rows: number) => void;
}

/** Writes a set in another format, a record at a time in memory. What a format loses: docs/data.md. */
export async function convertComparisons(
  source: ComparisonSource,
  path: string,
  to: WrittenFormat,
  { maxRefusals = 1000, onRow }: ConvertOptions = {},
): Promise<ConvertReport> {
  const writer: ComparisonWriter = comparisonWriters[to];
  if (extname(path).toLowerCase() !== (writer.ending ?? '') && writer.ending !== undefined) {
    throw new Error(`${path}: ${to} is written to a file that ends in ${writer.ending}.`);
  }
  const refusals: Refusal[] = [];
  const counts = new Map<Problem, number>();
  const onRefusal = (refusal: Refusal) => {
    counts.set(refusal.problem, (counts.get(refusal.problem) ?? 0) + 1);
    if (refusals.length < maxRefusals) refusals.push(refusal);
  };
  const known = (await source.teachers?.()) ?? []; // where they are damaged nothing is written
  const raters = new Set<string>();
  let rows = 0;
  const records = async function* () {
    for await (const row of source) {
      rows++;
      onRow?.(rows);
      if ('refused' in row) onRefusal(row);
      else {
        for (const rater of splitRaters(row.record.rater ?? '')) raters.add(rater);
        yield row.record;
      }
    }
  };
  const written = await writer.write(path, {
    records: records(),
    loadMedia: (candidate) => source.loadMedia(candidate),
    onRefusal,
  });
  await writeTeachers(path, teachersBehind(raters, known));
  const refused = [...counts].map(([problem, count]) => ({ problem, count })).sort((a, b) => b.count - a.count);
  return { from: source.format, to, path, rows, written, refused, refusals };
}
