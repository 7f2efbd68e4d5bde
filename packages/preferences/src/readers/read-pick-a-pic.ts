import { openParquet, type ParquetRow } from '@bradley/formats';
import { z } from 'zod';
import { isRemote, notLocal } from '../media-address.js';
import type { Outcome } from '../record.js';
import { type ComparisonSource, type Row, refused, rowOf } from '../source.js';
import { embeddedMedia, parquetRows, rowGroups } from './parquet-rows.js';

/** Every file has these, and for each side one of `sides`. */
export const pickAPicColumns = ['caption', 'label_0'] as const;
/** Where the two candidates are, the best first: encoded images, addresses on the network, or uids. */
const sides = [
  ['jpg_0', 'jpg_1'],
  ['image_0_url', 'image_1_url'],
  ['image_0_uid', 'image_1_uid'],
] as const;
const optional = [
  'label_1',
  'has_label',
  'best_image_uid',
  'model_0',
  'model_1',
  'ranking_id',
  'user_id',
  'created_at',
];

/** Whether a file with these columns is read here. */
export function isPickAPic(columns: ReadonlySet<string>): boolean {
  return (
    pickAPicColumns.every((column) => columns.has(column)) &&
    sides.some((pair) => pair.every((column) => columns.has(column)))
  );
}

const name = z.union([z.string(), z.number(), z.bigint()]).transform(String).nullish();
const share = z
  .union([z.number(), z.bigint().transform(Number)])
  .pipe(z.number().min(0).max(1))
  .nullish();
const text = z.string().nullish();
const columnsOfRow = z.object({
  caption: z.string('is not text'),
  label_0: share,
  label_1: share,
  has_label: z.boolean().nullish(),
  best_image_uid: text,
  image_0_uid: text,
  image_1_uid: text,
  image_0_url: text,
  image_1_url: text,
  model_0: text,
  model_1: text,
  ranking_id: name,
  user_id: name,
  created_at: z
    .date()
    .or(z.iso.datetime({ offset: true, local: true }).transform((time) => new Date(time)))
    .nullish(),
});
type Columns = z.infer<typeof columnsOfRow>;

/**
 * A Parquet file with the columns of Pick-a-Pic v1 and v2 (huggingface.co/datasets/yuvalkirstain/pickapic_v2): caption; jpg_0 and jpg_1
 * (encoded images), or image_0_url and image_1_url, or image_0_uid and image_1_uid; label_0 (1: the first preferred, 0: the second, ½: a
 * tie, between: the share of its votes); and if there, label_1 = 1 − label_0, best_image_uid, has_label (false: nobody chose, so `skip`),
 * model_0/1, ranking_id, user_id and created_at. The address of an embedded image is `row|column`, of a uid `uid:…`; addresses that are not
 * embedded are never fetched, so `loadMedia` refuses them with the problem `not-local`. Holds a row group of what it reads in memory.
 */
export async function readPickAPic(path: string): Promise<ComparisonSource> {
  const file = await openParquet(path);
  const columns = new Set(file.columns);
  if (!isPickAPic(columns)) {
    throw new Error(
      `${path}: not a Pick-a-Pic file: it needs the columns ${pickAPicColumns.join(', ')}, and ${sides.map((pair) => pair.join(' and ')).join(', or ')}. It has ${file.columns.join(', ')}.`,
    );
  }
  const groups = rowGroups(file);
  const images = sides[0].every((column) => columns.has(column));
  const light = [...pickAPicColumns, ...sides.slice(1).flat(), ...optional].filter((column) => columns.has(column));
  const embedded = embeddedMedia(groups, images ? sides[0] : []);
  return {
    path,
    format: 'parquet (Pick-a-Pic)',
    async *[Symbol.asyncIterator]() {
      for await (const read of parquetRows(path, groups, light)) {
        yield 'refused' in read ? read : rowOfValues(`${path}|${read.row}`, read.row, read.values, images);
      }
    },
    async loadMedia(candidate) {
      if (isRemote(candidate.media)) throw notLocal(candidate.media);
      return embedded(candidate);
    },
  };
}

function rowOfValues(where: string, row: number, values: ParquetRow, images: boolean): Row {
  const { data, error } = columnsOfRow.safeParse(values);
  if (!data) {
    const problem = error.issues.every(({ path }) => path[0] === 'caption') ? 'bad-caption' : 'bad-record';
    return { ...refused(where, error.issues), problem };
  }
  const outcome = outcomeOf(data);
  if (typeof outcome === 'string') return { where, refused: outcome, problem: 'bad-outcome' };
  const { caption, model_0, model_1, ranking_id, user_id, created_at } = data;
  const media = images
    ? [`${row}|jpg_0`, `${row}|jpg_1`]
    : [addressOf(data.image_0_url, data.image_0_uid), addressOf(data.image_1_url, data.image_1_uid)];
  const [first, second] = media;
  if (!first || !second)
    return { where, refused: `image_${first ? 1 : 0} has neither a url nor a uid`, problem: 'missing-file' };
  return rowOf(where, {
    id: ranking_id ?? String(row),
    prompt: caption,
    candidates: [
      { media: first, ...(model_0 && { model: model_0 }) },
      { media: second, ...(model_1 && { model: model_1 }) },
    ],
    outcome,
    ...(user_id && { rater: user_id }),
    ...(created_at && { at: created_at.toISOString() }),
  });
}

function addressOf(url: string | null | undefined, uid: string | null | undefined): string | undefined {
  if (url) return url;
  return uid ? `uid:${uid}` : undefined;
}

/** The outcome, or what is wrong with the labels. */
function outcomeOf({
  label_0,
  label_1,
  has_label,
  best_image_uid,
  image_0_uid,
  image_1_uid,
}: Columns): Outcome | string {
  if (has_label === false) return { kind: 'skip' };
  if (label_0 === null || label_0 === undefined) return 'label_0 is empty';
  if (typeof label_1 === 'number' && Math.abs(label_0 + label_1 - 1) > 1e-3) {
    return `label_0 ${label_0} and label_1 ${label_1} do not sum to 1`;
  }
  if (label_0 === 0.5) return { kind: 'tie' };
  if (label_0 !== 0 && label_0 !== 1) return { kind: 'shares', p: [label_0, label_1 ?? 1 - label_0] };
  const loser = label_0 === 1 ? image_1_uid : image_0_uid;
  if (best_image_uid && best_image_uid === loser && image_0_uid !== image_1_uid) {
    return `best_image_uid names image_${label_0}, but label_0 is ${label_0}`;
  }
  return { kind: 'winner', index: 1 - label_0 };
}
