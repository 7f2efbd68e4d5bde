import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import { type CsvError, parse } from 'csv-parse';
import type { ValueRow } from './values.js';

const mostColumns = 10_000;
/** A longer row is no record. */
const maxRowLength = 2 ** 24;
/** Nor is this one's end waited for, since the parser holds it whole: most likely a quote was never closed. */
const endlessBytes = 2 ** 26;

/**
 * The rows of a CSV file in UTF-8 as objects by the names in its first row (RFC 4180: commas, double quotes). Cells that are empty or not there
 * are left out. A row that is not CSV, has more cells than there are names, or is too long, is refused; one that does not end ends the reading.
 */
export async function* readCsvRows(path: string): AsyncGenerator<ValueRow, void> {
  const skipped: CsvError[] = []; // the parser may be ahead of the rows that were taken from it
  const bytes = { read: 0, atLastRow: 0 };
  const parser = parse({
    bom: true,
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    skip_records_with_error: true, // its max_record_size, with this, drops the rows after a long one, up to 64 KiB of them
    on_record: (record) => {
      bytes.atLastRow = bytes.read;
      return record;
    },
  });
  parser.on('skip', (error: CsvError) => {
    bytes.atLastRow = bytes.read;
    if (skipped.at(-1)?.lines !== error.lines) skipped.push(error);
  });
  const chunks = async function* (source: AsyncIterable<Buffer>) {
    for await (const chunk of source) {
      bytes.read += chunk.length;
      if (bytes.read - bytes.atLastRow > endlessBytes) throw new EndlessRow();
      yield chunk;
    }
  };
  pipeline(createReadStream(path), chunks, parser, () => {}); // what fails reaches the loop below through the parser
  const refusedBefore = (line: number): ValueRow[] => {
    const count = skipped.findIndex(({ lines }) => Number(lines) >= line);
    return skipped.splice(0, count === -1 ? skipped.length : count).map(({ lines, message }) => {
      return { where: `${path}:${lines}`, refused: `not CSV: ${message}`, problem: 'bad-row' };
    });
  };
  let names: readonly string[] | undefined;
  let number = 0;
  try {
    for await (const { record: cells, info } of parser as AsyncIterable<{
      record: string[];
      info: { lines: number };
    }>) {
      yield* refusedBefore(info.lines);
      if (!names) names = namesOf(path, cells);
      else yield rowOfCells(`${path}:${info.lines}`, number++, names, cells);
    }
  } catch (error) {
    if (!(error instanceof EndlessRow)) throw error;
    yield* refusedBefore(Number.POSITIVE_INFINITY);
    yield {
      where: `${path}|${number}`,
      refused: `not CSV: a row without end, such as after a quote that is not closed. Nothing after it can be read.`,
      problem: 'bad-row',
    };
  }
  yield* refusedBefore(Number.POSITIVE_INFINITY);
}

class EndlessRow extends Error {}

function rowOfCells(where: string, number: number, names: readonly string[], cells: readonly string[]): ValueRow {
  if (cells.length > names.length) {
    const refused = `${cells.length} cells for ${names.length} columns: is a comma not quoted?`;
    return { where, refused, problem: 'bad-row' };
  }
  const length = cells.reduce((sum, cell) => sum + cell.length, 0);
  if (length > maxRowLength)
    return { where, refused: `the row has ${length} characters; the limit is ${maxRowLength}`, problem: 'bad-row' };
  const filled = cells.flatMap((cell, index) => (cell === '' ? [] : [[names[index] ?? '', cell] as const]));
  return { where, number, value: Object.fromEntries(filled) };
}

/** The names of the columns, from the first row alone. */
export async function csvColumns(path: string): Promise<string[]> {
  const parser = parse({ bom: true, to: 1, relax_column_count: true, max_record_size: endlessBytes });
  pipeline(createReadStream(path), parser, () => {});
  for await (const cells of parser as AsyncIterable<string[]>) return namesOf(path, cells);
  return [];
}

function namesOf(path: string, cells: readonly string[]): string[] {
  if (cells.length > mostColumns)
    throw new Error(`${path}: ${cells.length} columns; the limit is ${mostColumns}. Is its first row a row of names?`);
  const names = cells.map((cell) => cell.trim());
  const seen = new Set<string>();
  const twice = names.find((name) => name !== '' && (seen.has(name) || !seen.add(name)));
  if (twice !== undefined)
    throw new Error(`${path}: the column ${JSON.stringify(twice)} is there twice. Give each its own name.`);
  return names;
}
