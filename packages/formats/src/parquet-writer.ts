import type { KeyValue, SchemaElement } from 'hyparquet';
import { type BasicType, ByteWriter, ParquetWriter, schemaFromColumnData } from 'hyparquet-writer';
import { replaceFile } from './atomic-file.js';

/** The type of a column's values: a basic one, a struct of named ones, or a list. Every value may be null. */
export type ParquetType =
  | BasicType
  | { readonly struct: { readonly [field: string]: ParquetType } }
  | { readonly list: ParquetType };

export interface ParquetWriteOptions {
  /** Of a written row group, which the writer holds; a group ends early at 64 MiB of bytes. Default 1000, as the datasets library has it. */
  readonly rowsPerGroup?: number;
  /** Names and texts for the footer. */
  readonly metadata?: { readonly [key: string]: string };
}

/** What a row group may hold of bytes before it is written. */
const bytesPerGroup = 64 * 2 ** 20;

/**
 * Writes rows as they come, atomically, holding a row group at a time; a field that a row lacks is null. Columns that hold bytes are stored as
 * they are, others compressed with Snappy. Returns the number of rows.
 */
export async function writeParquetRows(
  path: string,
  columns: { readonly [name: string]: ParquetType },
  rows: AsyncIterable<{ readonly [column: string]: unknown }>,
  { rowsPerGroup = 1000, metadata = {} }: ParquetWriteOptions = {},
): Promise<number> {
  let count = 0;
  await replaceFile(path, async (file) => {
    const bytes = new ByteWriter();
    const flush = async () => {
      const written = bytes.getBytes().slice();
      bytes.index = 0;
      await file.appendFile(written);
    };
    const kvMetadata: KeyValue[] = Object.entries(metadata).map(([key, value]) => ({ key, value }));
    const schema = [
      { name: 'root', num_children: Object.keys(columns).length },
      ...Object.entries(columns).flatMap(([name, type]) => schemaOf(name, type)),
    ];
    const parquet = new ParquetWriter({ writer: Object.assign(bytes, { flush, finish: flush }), schema, kvMetadata });
    let group: { readonly [column: string]: unknown }[] = [];
    let held = 0;
    const writeGroup = async () => {
      const columnData = Object.entries(columns).map(([name, type]) => ({
        name,
        data: group.map((row) => row[name] ?? null),
        ...(holdsBytes(type) && ({ codec: 'UNCOMPRESSED', encoding: 'PLAIN', statistics: false } as const)),
      }));
      if (group.length > 0) await parquet.write({ columnData, rowGroupSize: group.length });
      group = [];
      held = 0;
    };
    for await (const row of rows) {
      group.push(row);
      count++;
      held += byteLength(row);
      if (group.length >= rowsPerGroup || held >= bytesPerGroup) await writeGroup();
    }
    await writeGroup();
    await parquet.finish();
  });
  return count;
}

function schemaOf(name: string, type: ParquetType): SchemaElement[] {
  if (typeof type === 'string') return schemaFromColumnData({ columnData: [{ name, type, data: [] }] }).slice(1);
  if ('list' in type) {
    return [
      { name, repetition_type: 'OPTIONAL', num_children: 1, converted_type: 'LIST' },
      { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
      ...schemaOf('element', type.list),
    ];
  }
  const fields = Object.entries(type.struct);
  return [
    { name, repetition_type: 'OPTIONAL', num_children: fields.length },
    ...fields.flatMap(([field, fieldType]) => schemaOf(field, fieldType)),
  ];
}

function holdsBytes(type: ParquetType): boolean {
  if (typeof type === 'string') return type === 'BYTE_ARRAY';
  return 'list' in type ? holdsBytes(type.list) : Object.values(type.struct).some(holdsBytes);
}

/** The bytes of a row's values, strings not counted. */
function byteLength(value: unknown): number {
  if (value instanceof Uint8Array) return value.length;
  if (typeof value !== 'object' || value === null) return 0;
  return Object.values(value).reduce((sum: number, part) => sum + byteLength(part), 0);
}
