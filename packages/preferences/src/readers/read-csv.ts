import { basename, dirname } from 'node:path';
import { mediaBeside } from '../media-address.js';
import { outcomeFromText } from '../outcome-text.js';
import { type ComparisonSource, type Row, rowOf } from '../source.js';
import { readCsvRows } from './csv-rows.js';
import type { Fields } from './values.js';

/** The columns of a candidate, each followed by `_0`, `_1`, …, with what makes its value of a cell. */
export const candidateColumns = {
  media: String,
  kind: String,
  model: String,
  seed: Number,
  steps: Number,
  guidance: Number,
  adapter: String,
} as const;

/** The columns of a record besides those of its candidates. */
const columns = {
  id: String,
  prompt: String,
  outcome: (cell: string) => outcomeFromText(cell) ?? cell,
  question: String,
  rater: String,
  session: String,
  at: String,
  milliseconds: Number,
  shown: (cell: string) => cell.split('>').map(Number),
} as const;

export const recordColumns = Object.keys(columns) as readonly (keyof typeof columns)[];

export function isCsvOfRecords(fields: Fields): boolean {
  return ['prompt', 'media_0', 'media_1', 'outcome'].every((name) => fields.has(name));
}

/**
 * A CSV file with a record a row: prompt; media_0, media_1, … (as in JSONL: paths inside the file's folder, sha256s, …); outcome, which is the
 * winner's number from 0, `tie`, `bothBad`, `skip`, a ranking `2>0>1`, shares of votes `0.7|0.3`, or scores `{"scorer":[5,4]}`; and if there, id,
 * question, rater, session, at, milliseconds, shown (`1>0`) and kind_0, model_0, seed_0, steps_0, guidance_0, adapter_0, …. Other columns are
 * left alone; an empty cell is no value. A row without an id gets `<file>:<number>`.
 */
export function readComparisonsCsv(path: string): ComparisonSource {
  const media = mediaBeside(dirname(path));
  return {
    path,
    format: 'csv',
    async *[Symbol.asyncIterator]() {
      for await (const row of readCsvRows(path)) {
        yield 'refused' in row
          ? row
          : media.checked(recordOf(row.where, `${basename(path)}:${row.number}`, row.value as Record<string, string>));
      }
    },
    loadMedia: media.load,
  };
}

function recordOf(where: string, id: string, cells: Readonly<Record<string, string>>): Row {
  const record: Record<string, unknown> = { id };
  for (const [name, parseCell] of Object.entries(columns)) {
    const cell = cells[name];
    if (cell !== undefined) record[name] = parseCell(cell);
  }
  if (typeof record.outcome === 'string') {
    const refused = `outcome: expected a number, tie, bothBad, skip, 1>0, 0.7|0.3 or scores, found ${JSON.stringify(record.outcome.slice(0, 80))}`;
    return { where, refused, problem: 'bad-outcome' };
  }
  const candidates = candidatesOf(cells);
  return rowOf(where, { ...record, candidates });
}

function candidatesOf(cells: Readonly<Record<string, string>>): unknown[] {
  const candidates: unknown[] = [];
  for (let index = 0; cells[`media_${index}`] !== undefined; index++) {
    const filled = Object.entries(candidateColumns).flatMap(([name, parseCell]) => {
      const cell = cells[`${name}_${index}`];
      return cell === undefined ? [] : [[name, parseCell(cell)] as const];
    });
    candidates.push(Object.fromEntries(filled));
  }
  return candidates;
}
