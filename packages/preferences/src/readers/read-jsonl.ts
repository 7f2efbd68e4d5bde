import { basename, dirname } from 'node:path';
import { z } from 'zod';
import { contentStore, isSha256, readMedia, resolveInside } from '../media-path.js';
import type { Comparison } from '../record.js';
import { type ComparisonSource, type Row, refusalOf, refused, rowOf } from '../source.js';
import { type JsonLine, readJsonLines } from './json-lines.js';

/** The short form: two paths, the better one named. Its other fields are those of the record. */
const shortForm = z.looseObject({ chosen: z.string(), rejected: z.string() });

/**
 * A JSONL file with a comparison record per line, or the short form `{"prompt", "chosen", "rejected"}`. `media` is a path relative
 * to the file that stays in its folder, or a sha256 of a file in `media/` or `images/` beside it. A short line without
 * an id gets `<file>:<line>`.
 */
export function readComparisonsJsonl(path: string): ComparisonSource {
  const folder = dirname(path);
  const store = contentStore(folder);
  const find = (media: string) => (isSha256(media) ? store.find(media) : resolveInside(folder, media));
  const findAll = async ({ candidates }: Comparison) => {
    for (const { media } of candidates) await find(media);
  };
  return {
    path,
    format: 'jsonl',
    async *[Symbol.asyncIterator]() {
      for await (const line of readJsonLines(path)) {
        const row = rowOfLine(path, line);
        yield 'record' in row
          ? await findAll(row.record).then(
              () => row,
              (error) => refusalOf(row.where, error),
            )
          : row;
      }
    },
    loadMedia: async ({ media }) => (isSha256(media) ? store.load(media) : readMedia(await find(media), media)),
  };
}

function rowOfLine(path: string, line: JsonLine): Row {
  const where = `${path}:${line.line}`;
  if ('fault' in line) return { where, refused: line.fault, problem: 'bad-row' };
  const { value } = line;
  const isShort = typeof value === 'object' && value !== null && 'chosen' in value && !('candidates' in value);
  if (!isShort) return rowOf(where, value);
  const { data, error } = shortForm.safeParse(value);
  if (!data) return refused(where, error.issues);
  const { chosen, rejected, ...rest } = data;
  return rowOf(where, {
    id: `${basename(path)}:${line.line}`,
    ...rest,
    candidates: [{ media: chosen }, { media: rejected }],
    outcome: { kind: 'winner', index: 0 },
  });
}
