import { type ParquetType, writeParquetRows } from '@bradley/formats';
import { isRemote } from '../media-address.js';
import type { Comparison, Outcome } from '../record.js';
import {
  type ComparisonWriter,
  converted,
  notExpressible,
  outcomeIn,
  pairIn,
  requireKinds,
  type WriteInput,
} from './writer.js';

const format = 'Pick-a-Pic';
const columns = {
  caption: 'STRING',
  label_0: 'DOUBLE',
  label_1: 'DOUBLE',
  has_label: 'BOOLEAN',
  model_0: 'STRING',
  model_1: 'STRING',
  ranking_id: 'STRING',
  user_id: 'STRING',
  created_at: 'TIMESTAMP',
} as const;

/** With the pictures embedded. Two candidates; winners, ties, shares and skips. */
export const pickAPicWriter: ComparisonWriter = {
  writes: "a .parquet file with Pick-a-Pic's columns, pictures embedded",
  ending: '.parquet',
  write: (path, input) =>
    writeRows(path, input, { jpg_0: 'BYTE_ARRAY', jpg_1: 'BYTE_ARRAY' }, async (record) => {
      const [first, second] = pairIn(record, format);
      return { jpg_0: await input.loadMedia(first), jpg_1: await input.loadMedia(second) };
    }),
};

/** With the addresses of pictures on the network, which are neither fetched nor embedded. */
export const pickAPicAddressWriter: ComparisonWriter = {
  writes: "a .parquet file with Pick-a-Pic's columns, and addresses in place of pictures",
  ending: '.parquet',
  write: (path, input) => {
    const own = { image_0_url: 'STRING', image_0_uid: 'STRING', image_1_url: 'STRING', image_1_uid: 'STRING' } as const;
    return writeRows(path, input, own, (record) =>
      Object.fromEntries(
        pairIn(record, format).map(({ media }, index) => {
          if (!isRemote(media))
            throw notExpressible(`${media.slice(0, 200)} is no address on the network, and pictures are not embedded`);
          return media.startsWith('uid:') ? [`image_${index}_uid`, media.slice(4)] : [`image_${index}_url`, media];
        }),
      ),
    );
  },
};

function writeRows(
  path: string,
  input: WriteInput,
  own: { readonly [column: string]: ParquetType },
  media: (record: Comparison) => Promise<object> | object,
): Promise<number> {
  const rows = converted(input, async (record) => {
    requireKinds(record, format, ['image']);
    const [first, second] = pairIn(record, format);
    const shares = sharesOf(outcomeIn(record, format, ['winner', 'tie', 'shares', 'skip']));
    return {
      caption: record.prompt,
      label_0: shares?.[0],
      label_1: shares?.[1],
      has_label: shares !== undefined,
      model_0: first.model,
      model_1: second.model,
      ranking_id: record.id,
      user_id: record.rater,
      created_at: record.at === undefined ? null : new Date(record.at),
      ...(await media(record)),
    };
  });
  return writeParquetRows(path, { ...columns, ...own }, rows);
}

/** The shares of the two; none where nobody chose. */
function sharesOf(
  outcome: Extract<Outcome, { kind: 'winner' | 'tie' | 'shares' | 'skip' }>,
): readonly (number | undefined)[] | undefined {
  switch (outcome.kind) {
    case 'winner':
      return [1 - outcome.index, outcome.index];
    case 'tie':
      return [0.5, 0.5];
    case 'shares':
      return outcome.p;
    case 'skip':
      return undefined;
  }
}
