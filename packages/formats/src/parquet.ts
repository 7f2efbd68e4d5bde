import { open } from 'node:fs/promises';
import {
  type AsyncBuffer,
  type DecodedArray,
  type FileMetaData,
  parquetMetadataAsync,
  parquetScan,
  parquetSchema,
} from 'hyparquet';
import { type BasicType, ByteWriter, parquetWrite } from 'hyparquet-writer';
import { replaceFile } from './atomic-file.js';
import { checkPages, decompressors } from './parquet-pages.js';

/** A Parquet file that cannot be read or written: says the file, the row group and column, and what is wrong. */
export class ParquetError extends Error {
  override name = 'ParquetError';
}

/** A Parquet file whose footer has been read and checked. */
export interface ParquetFile {
  readonly path: string;
  readonly rowCount: number;
  readonly rowGroupCount: number;
  /** The names of the top-level columns; a nested one is read as a whole. */
  readonly columns: readonly string[];
  readonly metadata: FileMetaData;
}

/**
 * By column: text as string, other bytes as Uint8Array, 64-bit integers as bigint, timestamps as Date, JSON parsed,
 * nested columns as objects and arrays, and null where there is no value.
 */
export type ParquetRow = Record<string, unknown>;

/** @throws ParquetError for anything but a Parquet file with a consistent footer */
export async function openParquet(path: string): Promise<ParquetFile> {
  return withFile(path, async (buffer) => {
    const metadata = await parquetMetadataAsync(buffer);
    const columns = parquetSchema(metadata).children.map(({ element }) => element.name);
    const rowCount = checkFooter(path, metadata, buffer.byteLength);
    return { path, rowCount, rowGroupCount: metadata.row_groups.length, columns, metadata };
  });
}

/**
 * The rows of a file in order, of all columns or the selected ones. Holds one row group of those columns in memory at a
 * time; bytes are views into it, so copy those that you keep.
 * @throws ParquetError naming file, row group and column
 */
export async function* readParquet(
  { path, metadata, columns: available }: ParquetFile,
  columns: readonly string[] = available,
): AsyncGenerator<ParquetRow, void, undefined> {
  const missing = columns.filter((name) => !available.includes(name));
  if (missing.length > 0 || columns.length === 0) {
    throw new ParquetError(
      `${path}: there is no column ${missing.join(', ') || 'asked for'}. It has ${available.join(', ')}.`,
    );
  }
  let rowStart = 0;
  for (const [group, { num_rows }] of metadata.row_groups.entries()) {
    const rowEnd = rowStart + Number(num_rows);
    const data = await withFile(path, (file) => readGroup({ path, metadata, columns, file, group, rowStart, rowEnd }));
    for (let row = 0; row < rowEnd - rowStart; row++) {
      yield Object.fromEntries(columns.map((name, index) => [name, data[index]?.[row] ?? null]));
    }
    rowStart = rowEnd;
  }
}

interface GroupRead {
  readonly path: string;
  readonly metadata: FileMetaData;
  readonly columns: readonly string[];
  readonly file: AsyncBuffer;
  readonly group: number;
  readonly rowStart: number;
  readonly rowEnd: number;
}

/** The values of each column of a row group. */
async function readGroup({
  path,
  metadata,
  columns,
  file,
  group,
  rowStart,
  rowEnd,
}: GroupRead): Promise<DecodedArray[]> {
  if (rowStart === rowEnd) return columns.map(() => []);
  const data: DecodedArray[] = [];
  for (const column of columns) {
    try {
      for (const { meta_data: chunk } of metadata.row_groups[group]?.columns ?? []) {
        if (chunk?.path_in_schema[0] === column) await checkPages(file, metadata, chunk);
      }
      const options = {
        file,
        metadata,
        compressors: decompressors,
        columns: [column],
        rowStart,
        rowEnd,
        utf8: false,
        useOffsetIndex: false,
      };
      const values = await (await parquetScan(options)).readColumn({ column, rowStart, rowEnd });
      if (values.length !== rowEnd - rowStart)
        throw new Error(`expected ${rowEnd - rowStart} values, found ${values.length}`);
      data.push(values);
    } catch (cause) {
      throw new ParquetError(
        `${path}: column '${column}' of row group ${group} (rows ${rowStart} to ${rowEnd - 1}) cannot be read: ${reasonOf(cause)}. The file is damaged: download or export it again.`,
        { cause },
      );
    }
  }
  return data;
}

/** Checks that the footer's counts agree and that every column lies in the file; returns the number of rows. */
function checkFooter(path: string, { num_rows, row_groups, schema }: FileMetaData, byteLength: number): number {
  const fail = (fault: string) =>
    new ParquetError(`${path}: the footer is wrong: ${fault}. Download or export it again.`);
  const nameless = schema.findIndex(({ name }: { name?: unknown }) => typeof name !== 'string');
  if (nameless !== -1) throw fail(`field ${nameless} of its schema has no name`);
  let rows = 0n;
  for (const [group, rowGroup] of row_groups.entries()) {
    if (rowGroup.num_rows < 0n) throw fail(`row group ${group} states ${rowGroup.num_rows} rows`);
    rows += rowGroup.num_rows;
    for (const { meta_data: column } of rowGroup.columns) {
      if (column === undefined) throw fail(`row group ${group} has a column without metadata`);
      const start = column.dictionary_page_offset || column.data_page_offset;
      const end = start + column.total_compressed_size;
      if (start < 4n || end < start || end > BigInt(byteLength)) {
        const name = column.path_in_schema.join('.');
        throw fail(`column '${name}' of row group ${group} should take bytes ${start} to ${end} of ${byteLength}`);
      }
    }
  }
  if (rows !== num_rows) throw fail(`it states ${num_rows} rows but its row groups have ${rows}`);
  if (rows > BigInt(Number.MAX_SAFE_INTEGER)) throw fail(`it states ${rows} rows`);
  return Number(rows);
}

/** Runs `use` on the opened file; every failure becomes a ParquetError that names it. */
async function withFile<T>(path: string, use: (file: AsyncBuffer) => Promise<T>): Promise<T> {
  try {
    const file = await open(path, 'r');
    try {
      const { size } = await file.stat();
      return await use({
        byteLength: size,
        async slice(start, end = size) {
          if (!(start >= 0 && start <= end && end <= size))
            throw new Error(`bytes ${start} to ${end} are not in a file of ${size}`);
          const bytes = new Uint8Array(end - start);
          for (let done = 0; done < bytes.length; ) {
            const { bytesRead } = await file.read(bytes, done, Math.min(bytes.length - done, 2 ** 30), start + done);
            if (bytesRead === 0) throw new Error(`it ends at byte ${start + done}`);
            done += bytesRead;
          }
          return bytes.buffer;
        },
      });
    } finally {
      await file.close();
    }
  } catch (cause) {
    if (cause instanceof ParquetError) throw cause;
    throw new ParquetError(`${path}: cannot be read as Parquet: ${reasonOf(cause)}`, { cause });
  }
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

export interface ParquetColumn {
  readonly name: string;
  /** 'STRING', 'BYTE_ARRAY' for bytes, 'INT32', 'INT64' for bigint, 'DOUBLE', 'BOOLEAN', 'TIMESTAMP' for Date, 'JSON', … */
  readonly type: BasicType;
  /** As many values as the other columns have; null where there is none. */
  readonly data: readonly unknown[];
}

/** Rows of a written row group: with pictures in a column, some hundred megabytes. */
const rowsPerGroup = 1000;

/** Writes a file atomically, a row group at a time. Bytes are stored as they are, other columns compressed with Snappy. */
export async function writeParquet(path: string, columns: readonly ParquetColumn[]): Promise<void> {
  const lengths = new Set(columns.map(({ data }) => data.length));
  if (lengths.size !== 1) {
    const found = columns.map(({ name, data }) => `${name}: ${data.length}`).join(', ') || 'no columns';
    throw new ParquetError(`${path}: the columns of a table need equally many values, found ${found}.`);
  }
  await replaceFile(path, async (file) => {
    const writer = new ByteWriter();
    const flush = async () => {
      const bytes = writer.getBytes().slice();
      writer.index = 0;
      await file.appendFile(bytes);
    };
    const columnData = columns.map(({ name, type, data }) => {
      const stored =
        type === 'BYTE_ARRAY' ? ({ codec: 'UNCOMPRESSED', encoding: 'PLAIN', statistics: false } as const) : {};
      return { name, type, data: [...data], ...stored };
    });
    await parquetWrite({
      writer: Object.assign(writer, { flush, finish: flush }),
      columnData,
      rowGroupSize: rowsPerGroup,
    });
  });
}
