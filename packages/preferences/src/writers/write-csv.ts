import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { readJsonl } from '@bradley/formats';
import { stringify } from 'csv-stringify/sync';
import { textOfOutcome } from '../outcome-text.js';
import { candidateColumns, recordColumns } from '../readers/read-csv.js';
import type { Comparison } from '../record.js';
import { mediaPlacer } from './media-beside.js';
import { jsonLines, writeTexts } from './text-file.js';
import { type ComparisonWriter, converted, counting } from './writer.js';

/**
 * A record a row, in the columns that `readComparisonsCsv` documents, with media in `media/` beside the file. How many candidates the header
 * has to name is known when the last record was seen, so the rows go through a file of their own first. Loses empty texts.
 */
export const csvWriter: ComparisonWriter = {
  writes: 'a .csv file with a record a row, with media beside it',
  ending: '.csv',
  async write(path, input) {
    const place = mediaPlacer(path, input);
    let most = 2;
    const rows = converted(input, async (record) => {
      const candidates = [];
      for (const candidate of record.candidates) {
        candidates.push({ ...candidate, media: (await place(candidate)).address });
      }
      most = Math.max(most, candidates.length);
      return { ...record, candidates };
    });
    const counter = counting();
    const scratch = join(dirname(path), `.${basename(path)}.${randomUUID()}.rows`);
    try {
      await writeTexts(scratch, jsonLines(counter.through(rows)));
      await writeTexts(path, csvTexts(scratch, most));
    } finally {
      await rm(scratch, { force: true });
    }
    return counter.count;
  },
};

async function* csvTexts(scratch: string, most: number): AsyncGenerator<string, void> {
  const places = Array.from({ length: most }, (_, index) => index);
  const columns = Object.keys(candidateColumns) as (keyof typeof candidateColumns)[];
  yield line([...recordColumns, ...places.flatMap((index) => columns.map((name) => `${name}_${index}`))]);
  for await (const { value } of readJsonl(scratch)) {
    const record = value as Comparison; // as it was written a moment ago
    const own = recordColumns.map((name) => {
      if (name === 'outcome') return textOfOutcome(record.outcome);
      return name === 'shown' ? record.shown?.join('>') : record[name];
    });
    yield line([...own, ...places.flatMap((index) => columns.map((name) => record.candidates[index]?.[name]))]);
  }
}

function line(cells: readonly (string | number | undefined)[]): string {
  return stringify([cells], { quoted_match: /\r/ });
}
