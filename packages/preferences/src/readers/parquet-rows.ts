import { ParquetError, type ParquetFile, type ParquetRow, readParquet } from '@bradley/formats';
import { z } from 'zod';
import { maxMediaBytes } from '../media-path.js';
import { type ComparisonSource, MediaError, type Refusal } from '../source.js';

/** Each row group as a file of its own, so that a damaged one leaves the others readable. */
export interface RowGroup {
  readonly firstRow: number;
  readonly rows: number;
  readonly file: ParquetFile;
}

export function rowGroups(file: ParquetFile): RowGroup[] {
  let firstRow = 0;
  return file.metadata.row_groups.map((group) => {
    const rows = Number(group.num_rows);
    const metadata = { ...file.metadata, row_groups: [group], num_rows: group.num_rows };
    firstRow += rows;
    return { firstRow: firstRow - rows, rows, file: { ...file, rowCount: rows, rowGroupCount: 1, metadata } };
  });
}

/** The rows of some columns with their numbers, counted from 0; a row group that cannot be read is one refusal. */
export async function* parquetRows(
  path: string,
  groups: readonly RowGroup[],
  columns: readonly string[],
): AsyncGenerator<{ readonly row: number; readonly values: ParquetRow } | Refusal, void> {
  for (const { firstRow, rows, file } of groups) {
    let row = firstRow;
    try {
      for await (const values of readParquet(file, columns)) yield { row: row++, values };
    } catch (error) {
      if (!(error instanceof ParquetError)) throw error;
      yield { where: `${path}|${row}–${firstRow + rows - 1}`, refused: error.message, problem: 'bad-row' };
    }
  }
}

/**
 * Loads media embedded in a Parquet file, whose address is `row|column`, or `row|column|index` in a list. Reads a whole row group and
 * keeps the last one, so it is meant to be called in the order of the rows. An image without bytes that has a path is `not-local`.
 */
export function embeddedMedia(groups: readonly RowGroup[], columns: readonly string[]): ComparisonSource['loadMedia'] {
  let held: { group: RowGroup; rows: Promise<ParquetRow[]> } | undefined;
  return async ({ media }) => {
    const [, digits, column = '', index] = /^(\d+)\|([^|]+)(?:\|(\d+))?$/.exec(media) ?? [];
    const row = Number(digits);
    const group = groups.find(({ firstRow, rows }) => row >= firstRow && row < firstRow + rows);
    if (!group || !columns.includes(column)) {
      throw new MediaError(
        'missing-file',
        `${media}: expected <row>|<column> of the file, with a column of ${columns.join(', ')}`,
      );
    }
    if (held?.group !== group) held = { group, rows: readGroup(group.file, columns) };
    const cell = (await held.rows)[row - group.firstRow]?.[column];
    return bytesOf(media, index === undefined ? cell : Array.isArray(cell) ? cell[Number(index)] : undefined);
  };
}

/** An image as the datasets library writes it. */
const imageStruct = z.object({ bytes: z.instanceof(Uint8Array).nullish(), path: z.string().nullish() });

function bytesOf(media: string, value: unknown): Uint8Array {
  const image = value instanceof Uint8Array ? { bytes: value, path: undefined } : imageStruct.safeParse(value).data;
  const { bytes, path } = image ?? {};
  if (!bytes || bytes.length === 0) {
    throw path
      ? new MediaError(
          'not-local',
          `${media} has no bytes, only the path ${path.slice(0, 200)}: write the set with its images embedded`,
        )
      : new MediaError('missing-file', `${media} is empty`);
  }
  if (bytes.length > maxMediaBytes)
    throw new MediaError('too-big', `${media} has ${bytes.length} bytes; the limit is ${maxMediaBytes}`);
  return bytes.slice(); // a copy, so that holding one image does not hold its row group
}

async function readGroup(file: ParquetFile, columns: readonly string[]): Promise<ParquetRow[]> {
  const rows: ParquetRow[] = [];
  try {
    for await (const row of readParquet(file, columns)) rows.push(row);
  } catch (error) {
    if (!(error instanceof ParquetError)) throw error;
    throw new MediaError('bad-row', error.message);
  }
  return rows;
}
