import { parquetSchema, type SchemaTree } from 'hyparquet';
import type { ParquetFile } from './parquet.js';

/** What a column's values are; nested ones with their fields. */
export type ParquetColumnKind = 'text' | 'bytes' | 'number' | 'boolean' | 'time' | 'list' | 'struct' | 'map';

export interface ParquetColumnInfo {
  readonly kind: ParquetColumnKind;
  /** Of a struct, or of the structs in a list; none otherwise. */
  readonly fields: readonly string[];
}

/** What the columns of a file hold, from its footer. */
export function parquetColumns({ metadata }: ParquetFile): Map<string, ParquetColumnInfo> {
  return new Map(parquetSchema(metadata).children.map((node) => [node.element.name, infoOf(node)]));
}

function infoOf(node: SchemaTree): ParquetColumnInfo {
  const { element, children } = node;
  const type = element.logical_type?.type ?? element.converted_type;
  if (type === 'LIST' || element.repetition_type === 'REPEATED') {
    const item = children[0]?.children[0] ?? children[0];
    return { kind: 'list', fields: item?.children.map((child) => child.element.name) ?? [] };
  }
  if (type === 'MAP' || type === 'MAP_KEY_VALUE') return { kind: 'map', fields: [] };
  if (children.length > 0) return { kind: 'struct', fields: children.map((child) => child.element.name) };
  return { kind: leafKinds[type ?? ''] ?? leafKinds[element.type ?? ''] ?? 'bytes', fields: [] };
}

/** By logical or converted type, else by physical type. */
const leafKinds: Readonly<Record<string, ParquetColumnKind>> = {
  STRING: 'text',
  UTF8: 'text',
  ENUM: 'text',
  UUID: 'text',
  TIMESTAMP: 'time',
  TIMESTAMP_MILLIS: 'time',
  TIMESTAMP_MICROS: 'time',
  DATE: 'time',
  INT96: 'time',
  BOOLEAN: 'boolean',
  INT32: 'number',
  INT64: 'number',
  FLOAT: 'number',
  DOUBLE: 'number',
};
