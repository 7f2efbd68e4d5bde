import { type ParquetType, writeParquetRows } from '@bradley/formats';
import type { Outcome } from '../record.js';
import { fileEnding } from './file-ending.js';
import { type ComparisonWriter, converted, outcomeIn, requireKinds } from './writer.js';

const format = 'the table';
const columns = {
  id: 'STRING',
  prompt: 'STRING',
  images: { list: { struct: { bytes: 'BYTE_ARRAY', path: 'STRING' } } },
  preferences: { list: 'DOUBLE' },
  ranks: { list: 'INT32' },
  models: { list: 'STRING' },
  question: 'STRING',
  rater: 'STRING',
  session: 'STRING',
  at: 'STRING',
  milliseconds: 'DOUBLE',
} as const satisfies Record<string, ParquetType>;

/** What the datasets library takes the columns for, in its own words. */
const features = {
  ...Object.fromEntries(
    Object.entries(columns).flatMap(([name, type]) => (typeof type === 'string' ? [[name, featureOf(type)]] : [])),
  ),
  images: [{ _type: 'Image' }],
  preferences: [featureOf('DOUBLE')],
  ranks: [featureOf('INT32')],
  models: [featureOf('STRING')],
};

/**
 * Pictures embedded as the datasets library embeds them, any number a row, with the share of the preferences of each (a winner has 1, all of a tie
 * alike, bothBad 0) or its rank from 0; a skip has neither.
 */
export const imageTableWriter: ComparisonWriter = {
  writes: 'a .parquet file for the datasets library: prompt, images, preferences or ranks',
  ending: '.parquet',
  write(path, input) {
    const rows = converted(input, async (record) => {
      requireKinds(record, format, ['image']);
      const { candidates, outcome: _, ...rest } = record;
      const outcome = outcomeIn(record, format, ['winner', 'tie', 'bothBad', 'shares', 'ranking', 'skip']);
      const images = [];
      for (const candidate of candidates) {
        const bytes = await input.loadMedia(candidate);
        images.push({ bytes, path: `${images.length}.${fileEnding(bytes) ?? 'bin'}` });
      }
      return {
        ...rest,
        images,
        ...decided(outcome, candidates.length),
        models: candidates.map(({ model }) => model ?? null),
      };
    });
    return writeParquetRows(path, columns, rows, { metadata: { huggingface: JSON.stringify({ info: { features } }) } });
  },
};

function decided(outcome: Exclude<Outcome, { kind: 'scores' }>, count: number) {
  const every = (share: (index: number) => number) => ({
    preferences: Array.from({ length: count }, (_, index) => share(index)),
  });
  switch (outcome.kind) {
    case 'winner':
      return every((index) => (index === outcome.index ? 1 : 0));
    case 'tie':
      return every(() => 1 / count);
    case 'bothBad':
      return every(() => 0);
    case 'shares':
      return { preferences: outcome.p };
    case 'ranking':
      return { ranks: Array.from({ length: count }, (_, index) => outcome.order.indexOf(index)) };
    case 'skip':
      return {};
  }
}

function featureOf(type: string): { dtype: string; _type: string } {
  return { dtype: { DOUBLE: 'float64', INT32: 'int32' }[type] ?? 'string', _type: 'Value' };
}
