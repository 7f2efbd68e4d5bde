import { openParquet, ParquetError, type ParquetFile, type ParquetRow, readParquet } from '@bradley/formats';
import { z } from 'zod';
import { maxMediaBytes } from '../media-path.js';
import type { Outcome } from '../record.js';
import { type ComparisonSource, MediaError, type Row, refused, rowOf } from '../source.js';

const required = ['caption', 'jpg_0', 'jpg_1', 'label_0'];
const optional = ['label_1', 'has_label', 'model_0', 'model_1', 'ranking_id', 'user_id', 'created_at'];

const imageColumns = ['jpg_0', 'jpg_1'] as const;

const name = z.union([z.string(), z.number(), z.bigint()]).transform(String).nullish();
const share = z
  .union([z.number(), z.bigint().transform(Number)])
  .pipe(z.number().min(0).max(1))
  .nullish();
const columnsOfRow = z.object({
  caption: z.string('is not text'),
  label_0: share,
  label_1: share,
  has_label: z.boolean().nullish(),
  model_0: z.string().nullish(),
  model_1: z.string().nullish(),
  ranking_id: name,
  user_id: name,
  created_at: z
    .date()
    .or(z.iso.datetime({ offset: true, local: true }).transform((time) => new Date(time)))
    .nullish(),
});

/**
 * A Parquet file with the columns of Pick-a-Pic v2: jpg_0 and jpg_1 (encoded images), caption, label_0 (1: jpg_0 preferred, 0:
 * jpg_1, ½: a tie, between: the share of its votes) and, if there, label_1 = 1 − label_0 and has_label (false: nobody chose, so
 * `skip`). Reading rows leaves the images unread; `loadMedia` reads those of a whole row group and keeps the last one, so it is
 * meant to be called in the order of the rows. Their address is `row|column`.
 */
export async function readPickAPic(path: string): Promise<ComparisonSource> {
  const file = await openParquet(path);
  const missing = required.filter((column) => !file.columns.includes(column));
  if (missing.length > 0) {
    throw new Error(
      `${path}: not a Pick-a-Pic file: it needs the columns ${required.join(', ')}, but has no ${missing.join(', ')}. It has ${file.columns.join(', ')}.`,
    );
  }
  const groups = rowGroups(file);
  return {
    path,
    format: 'parquet (Pick-a-Pic)',
    [Symbol.asyncIterator]: () => readRows(file, groups),
    loadMedia: imageLoader(groups),
  };
}

/** Each row group as a file of its own, so that a damaged one leaves the others readable. */
interface RowGroup {
  readonly firstRow: number;
  readonly rows: number;
  readonly file: ParquetFile;
}

function rowGroups(file: ParquetFile): RowGroup[] {
  let firstRow = 0;
  return file.metadata.row_groups.map((group) => {
    const rows = Number(group.num_rows);
    const metadata = { ...file.metadata, row_groups: [group], num_rows: group.num_rows };
    firstRow += rows;
    return { firstRow: firstRow - rows, rows, file: { ...file, rowCount: rows, rowGroupCount: 1, metadata } };
  });
}

async function* readRows({ path, columns }: ParquetFile, groups: readonly RowGroup[]): AsyncGenerator<Row, void> {
  const light = [...required, ...optional].filter(
    (c) => columns.includes(c) && !imageColumns.some((image) => image === c),
  );
  for (const { firstRow, rows, file } of groups) {
    let row = firstRow;
    try {
      for await (const values of readParquet(file, light)) {
        yield rowOfValues(`${path}|${row}`, row, values);
        row++;
      }
    } catch (error) {
      if (!(error instanceof ParquetError)) throw error;
      const where = `${path}|${row}–${firstRow + rows - 1}`;
      yield { where, refused: error.message, problem: 'bad-row' };
    }
  }
}

function rowOfValues(where: string, row: number, values: ParquetRow): Row {
  const { data, error } = columnsOfRow.safeParse(values);
  if (!data) {
    const problem = error.issues.every(({ path }) => path[0] === 'caption') ? 'bad-caption' : 'bad-record';
    return { ...refused(where, error.issues), problem };
  }
  const outcome = outcomeOf(data);
  if (typeof outcome === 'string') return { where, refused: outcome, problem: 'bad-outcome' };
  const { caption, model_0, model_1, ranking_id, user_id, created_at } = data;
  return rowOf(where, {
    id: ranking_id ?? String(row),
    prompt: caption,
    candidates: [
      { media: `${row}|jpg_0`, ...(model_0 && { model: model_0 }) },
      { media: `${row}|jpg_1`, ...(model_1 && { model: model_1 }) },
    ],
    outcome,
    ...(user_id && { rater: user_id }),
    ...(created_at && { at: created_at.toISOString() }),
  });
}

/** The outcome, or what is wrong with the labels. */
function outcomeOf({ label_0, label_1, has_label }: z.infer<typeof columnsOfRow>): Outcome | string {
  if (has_label === false) return { kind: 'skip' };
  if (label_0 === null || label_0 === undefined) return 'label_0 is empty';
  if (typeof label_1 === 'number' && Math.abs(label_0 + label_1 - 1) > 1e-3) {
    return `label_0 ${label_0} and label_1 ${label_1} do not sum to 1`;
  }
  if (label_0 === 0.5) return { kind: 'tie' };
  if (label_0 === 0 || label_0 === 1) return { kind: 'winner', index: 1 - label_0 };
  return { kind: 'shares', p: [label_0, 1 - label_0] };
}

function imageLoader(groups: readonly RowGroup[]): ComparisonSource['loadMedia'] {
  let held: { group: RowGroup; rows: Promise<ParquetRow[]> } | undefined;
  return async ({ media }) => {
    const [, digits, column = ''] = /^(\d+)\|(jpg_[01])$/.exec(media) ?? [];
    const row = Number(digits);
    const group = groups.find(({ firstRow, rows }) => row >= firstRow && row < firstRow + rows);
    if (!group)
      throw new MediaError('missing-file', `${media}: expected <row>|jpg_0 or <row>|jpg_1 of a row of the file`);
    if (held?.group !== group) held = { group, rows: readImages(group.file) };
    const value = (await held.rows)[row - group.firstRow]?.[column];
    const bytes = value instanceof Uint8Array ? value : bytesOfStruct.safeParse(value).data?.bytes;
    if (!bytes || bytes.length === 0) throw new MediaError('missing-file', `${media} is empty`);
    if (bytes.length > maxMediaBytes)
      throw new MediaError('too-big', `${media} has ${bytes.length} bytes; the limit is ${maxMediaBytes}`);
    return bytes.slice(); // a copy, so that holding one image does not hold its row group
  };
}

/** An image column as the datasets library writes it. */
const bytesOfStruct = z.object({ bytes: z.instanceof(Uint8Array) });

async function readImages(file: ParquetFile): Promise<ParquetRow[]> {
  const rows: ParquetRow[] = [];
  try {
    for await (const row of readParquet(file, imageColumns)) rows.push(row);
  } catch (error) {
    if (!(error instanceof ParquetError)) throw error;
    throw new MediaError('bad-row', error.message);
  }
  return rows;
}
