import { extname } from 'node:path';
import { openParquet, parquetColumns } from '@bradley/formats';
import { looksLikeMedia } from '../media-kinds.js';
import type { Refusal } from '../source.js';
import { csvColumns, readCsvRows } from './csv-rows.js';
import { readJsonArray } from './json-array.js';
import { readJsonLines } from './json-lines.js';
import { parquetRows, rowGroups } from './parquet-rows.js';

/** A row of a file before anybody knows what it means; `number` counts the file's rows, lines or elements. */
export type ValueRow = { readonly where: string; readonly number: number; readonly value: unknown } | Refusal;

/** What the fields of a file's rows hold, as far as it decides how the file is read. */
export type FieldKind = 'text' | 'media' | 'image' | 'images' | 'list' | 'object' | 'other';
export type Fields = ReadonlyMap<string, FieldKind>;

interface ValueFormat {
  readonly rows: (path: string) => AsyncGenerator<ValueRow, void>;
  readonly fields: (path: string) => Promise<Fields>;
}

/** The ways in which a file holds rows, by its ending. */
const formats: Readonly<Record<string, ValueFormat>> = {
  '.jsonl': { rows: linesOf, fields: (path) => fieldsOfFirst(linesOf(path)) },
  '.json': { rows: readJsonArray, fields: (path) => fieldsOfFirst(readJsonArray(path)) },
  '.csv': {
    rows: readCsvRows,
    fields: async (path) => {
      const first = await fieldsOfFirst(readCsvRows(path));
      return new Map((await csvColumns(path)).map((name) => [name, first.get(name) ?? 'text']));
    },
  },
  '.parquet': { rows: parquetValues, fields: fieldsOfParquet },
};

export const valueEndings = Object.keys(formats);

/** The rows of a file as plain values; images embedded in Parquet are left out. */
export function readValues(path: string): AsyncGenerator<ValueRow, void> {
  return formatOf(path).rows(path);
}

/** What the rows of a file have: by the footer of Parquet and the header of CSV, else by the first row that is an object. */
export function fieldsOf(path: string): Promise<Fields> {
  return formatOf(path).fields(path);
}

function formatOf(path: string): ValueFormat {
  const format = formats[extname(path).toLowerCase()];
  if (!format) throw new Error(`${path}: expected a file ending in ${valueEndings.join(', ')}.`);
  return format;
}

async function* linesOf(path: string): AsyncGenerator<ValueRow, void> {
  for await (const line of readJsonLines(path)) {
    const where = `${path}:${line.line}`;
    yield 'fault' in line
      ? { where, refused: line.fault, problem: 'bad-row' }
      : { where, number: line.line, value: line.value };
  }
}

async function* parquetValues(path: string): AsyncGenerator<ValueRow, void> {
  const file = await openParquet(path);
  const kinds = await fieldsOfParquet(path);
  const columns = file.columns.filter((column) => !['image', 'images'].includes(kinds.get(column) ?? ''));
  for await (const read of parquetRows(path, rowGroups(file), columns)) {
    yield 'refused' in read ? read : { where: `${path}|${read.row}`, number: read.row, value: read.values };
  }
}

async function fieldsOfParquet(path: string): Promise<Fields> {
  const columns = parquetColumns(await openParquet(path));
  return new Map(
    [...columns].map(([name, { kind, fields }]): [string, FieldKind] => {
      if (kind === 'bytes' || (kind === 'struct' && fields.includes('bytes'))) return [name, 'image'];
      if (kind === 'list') return [name, fields.includes('bytes') ? 'images' : 'list'];
      return [name, kind === 'text' ? 'text' : kind === 'struct' ? 'object' : 'other'];
    }),
  );
}

/** How many rows are looked at for one that is an object. */
const sampled = 100;

async function fieldsOfFirst(rows: AsyncGenerator<ValueRow, void>): Promise<Fields> {
  let seen = 0;
  for await (const row of rows) {
    if ('value' in row && typeof row.value === 'object' && row.value !== null && !Array.isArray(row.value)) {
      return new Map(Object.entries(row.value).map(([name, value]) => [name, kindOf(value)]));
    }
    if (++seen >= sampled) break;
  }
  return new Map();
}

function kindOf(value: unknown): FieldKind {
  if (typeof value === 'string') return looksLikeMedia(value) ? 'media' : 'text';
  if (Array.isArray(value)) return 'list';
  return typeof value === 'object' && value !== null ? 'object' : 'other';
}
