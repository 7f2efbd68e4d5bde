import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import type {
  AsyncBuffer,
  ColumnMetaData,
  Compressors,
  DataPageHeader,
  DataReader,
  FileMetaData,
  PageHeader,
} from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import { decompressPage } from 'hyparquet/src/datapage.js';
import { getMaxDefinitionLevel, getMaxRepetitionLevel, getSchemaPath } from 'hyparquet/src/schema.js';
import { compressors } from 'hyparquet-compressors';
import { bitWidth, checkRuns, countEqual } from './parquet-runs.js';

/** Those of hyparquet, and Node's own where it has them: they are native code and keep to the length they are given. */
export const decompressors: Compressors = {
  ...compressors,
  GZIP: (input, length) => gunzipSync(input, { maxOutputLength: Math.max(length, 1) }),
  BROTLI: (input, length) => brotliDecompressSync(input, { maxOutputLength: Math.max(length, 1) }),
};

/** Above this a column of a row group is taken for a lie: a few bytes can stand for any number of equal values. */
const maxValues = 100_000_000;
const maxPageBytes = 2 ** 30;

interface Levels {
  readonly repetition: number;
  readonly definition: number;
}

/**
 * Walks the pages of a column chunk and checks that their sizes, counts and runs fit the chunk. hyparquet takes them as
 * they are: a wrong one can send it into a loop without end, or ask for so much memory that the process ends.
 */
export async function checkPages(file: AsyncBuffer, { schema }: FileMetaData, column: ColumnMetaData): Promise<void> {
  const start = Number(column.dictionary_page_offset || column.data_page_offset);
  const buffer = await file.slice(start, start + Number(column.total_compressed_size));
  if (column.num_values > BigInt(maxValues))
    throw new Error(`it states ${column.num_values} values, above the limit of ${maxValues}`);
  const path = getSchemaPath(schema, column.path_in_schema);
  const levels = { repetition: getMaxRepetitionLevel(path), definition: getMaxDefinitionLevel(path) };
  const reader = { view: new DataView(buffer), offset: 0 };
  let values = 0n;
  // the same end as hyparquet's: some writers leave a byte after the last page
  for (let page = 0; reader.offset < buffer.byteLength - 1 && values < column.num_values; page++) {
    const header = parquetHeader(reader);
    const fault = faultOf(header, column, buffer.byteLength - reader.offset);
    if (fault !== undefined) throw new Error(`the header of page ${page} is wrong: ${fault}`);
    const bytes = new Uint8Array(buffer, reader.offset, header.compressed_page_size);
    if (header.data_page_header) checkPage(bytes, header, header.data_page_header, column, levels);
    if (header.data_page_header_v2) checkPageV2(bytes, header, header.data_page_header_v2, column, levels);
    values += BigInt((header.data_page_header ?? header.data_page_header_v2)?.num_values ?? 0);
    reader.offset += header.compressed_page_size;
  }
  if (values !== column.num_values)
    throw new Error(`its pages have ${values} values but it states ${column.num_values}`);
}

function faultOf(header: PageHeader, column: ColumnMetaData, bytesLeft: number): string | undefined {
  const { type, compressed_page_size: compressed, uncompressed_page_size: uncompressed } = header;
  const { data_page_header: data, data_page_header_v2: data2, dictionary_page_header: dictionary } = header;
  const pages = [data, data2, dictionary].filter((page) => page !== undefined);
  const [page] = pages;
  const named = { DATA_PAGE: data, DATA_PAGE_V2: data2, DICTIONARY_PAGE: dictionary, INDEX_PAGE: undefined }[type];
  if (page === undefined || pages.length !== 1 || page !== named) return `it is not one page of data (${type})`;
  if (!isCount(compressed, bytesLeft)) return `it takes ${compressed} of the ${bytesLeft} bytes that are left`;
  if (!isCount(uncompressed, Math.min(Number(column.total_uncompressed_size), maxPageBytes))) {
    return `it states ${uncompressed} bytes uncompressed`;
  }
  // an entry of a dictionary takes a byte at least
  const limit = type === 'DICTIONARY_PAGE' ? uncompressed : Number(column.num_values);
  if (!isCount(page.num_values, limit)) return `it states ${page.num_values} values where ${limit} can be`;
  if (page.encoding === undefined) return 'its encoding is unknown';
  if (data2 === undefined) return undefined;

  const {
    num_nulls: nulls,
    num_rows: rows,
    repetition_levels_byte_length: repetition,
    definition_levels_byte_length: definition,
  } = data2;
  if (!isCount(nulls, data2.num_values) || !isCount(rows, data2.num_values))
    return `${nulls} nulls or ${rows} rows are too many`;
  if (!isCount(repetition, compressed) || !isCount(definition, Math.min(compressed, uncompressed) - repetition)) {
    return `its levels take ${repetition} and ${definition} bytes`;
  }
  return undefined;
}

/** A page of the first version: levels, each after its length, and values are compressed together. */
function checkPage(
  bytes: Uint8Array,
  header: PageHeader,
  data: DataPageHeader,
  column: ColumnMetaData,
  levels: Levels,
): void {
  const hasRuns = data.encoding !== 'PLAIN' || levels.repetition > 0 || levels.definition > 0;
  if (!hasRuns) return;
  const reader = readerOf(decompressPage(bytes, header.uncompressed_page_size, column.codec, decompressors));
  let present = data.num_values;
  for (const most of [levels.repetition, levels.definition]) {
    if (most === 0) continue;
    const length = reader.view.getUint32(reader.offset, true);
    reader.offset += 4;
    checkRuns(reader, bitWidth(most), data.num_values);
    present = countEqual(reader, bitWidth(most), data.num_values, most, length);
  }
  const dictionaryOfOne =
    column.type !== 'BOOLEAN' && data.encoding !== 'PLAIN' && reader.view.getUint8(reader.offset) === 0;
  if (dictionaryOfOne) return; // indexes of 0 bits: hyparquet reads no runs, and some writers leave them out
  // of a column with repetition but no optional part, every value is present
  checkValues(reader, data.encoding, levels.definition > 0 ? present : data.num_values, column);
}

/** A page of the second version: levels lie uncompressed before the values. */
function checkPageV2(
  bytes: Uint8Array,
  header: PageHeader,
  data: NonNullable<PageHeader['data_page_header_v2']>,
  column: ColumnMetaData,
  levels: Levels,
): void {
  const { repetition_levels_byte_length: repetition, definition_levels_byte_length: definition } = data;
  const reader = readerOf(bytes);
  if (levels.repetition > 0) checkRuns(reader, bitWidth(levels.repetition), data.num_values);
  reader.offset = repetition;
  if (levels.definition > 0) checkRuns(reader, bitWidth(levels.definition), data.num_values);
  const rest = bytes.subarray(repetition + definition);
  const size = header.uncompressed_page_size - repetition - definition;
  if (data.encoding === 'PLAIN') return;
  const values = data.is_compressed === false ? rest : decompressPage(rest, size, column.codec, decompressors);
  checkValues(readerOf(values), data.encoding, data.num_values - data.num_nulls, column);
}

function checkValues(
  reader: DataReader,
  encoding: DataPageHeader['encoding'],
  count: number,
  column: ColumnMetaData,
): void {
  if (encoding !== 'PLAIN_DICTIONARY' && encoding !== 'RLE_DICTIONARY' && encoding !== 'RLE') return;
  if (column.type === 'BOOLEAN') checkRuns({ view: reader.view, offset: reader.offset + 4 }, 1, count);
  else if (count > 0)
    checkRuns({ view: reader.view, offset: reader.offset + 1 }, reader.view.getUint8(reader.offset), count);
}

function readerOf(bytes: Uint8Array): DataReader {
  return { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: 0 };
}

function isCount(value: unknown, most: number): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= most;
}
