import { basename, dirname } from 'node:path';
import { z } from 'zod';
import { mediaBeside } from '../media-address.js';
import { kindOfFile } from '../media-kinds.js';
import { type ComparisonSource, type Row, refused, rowOf } from '../source.js';
import { type JsonLine, readJsonLines } from './json-lines.js';

/** The short form: two paths, the better one named. Its other fields are those of the record. */
const shortForm = z.looseObject({ chosen: z.string(), rejected: z.string() });

/**
 * A JSONL file with a comparison record per line, or the short form `{"prompt", "chosen", "rejected"}`. `media` is a path relative
 * to the file that stays in its folder, a sha256 of a file in `media/` or `images/` beside it, a data: URI, an address on the network, which is
 * never fetched, or, for candidates of the kind `text`, the text. A short line without an id gets `<file>:<line>`.
 */
export function readComparisonsJsonl(path: string): ComparisonSource {
  const media = mediaBeside(dirname(path));
  return {
    path,
    format: 'jsonl',
    async *[Symbol.asyncIterator]() {
      for await (const line of readJsonLines(path)) yield media.checked(rowOfLine(path, line));
    },
    loadMedia: media.load,
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
    candidates: [chosen, rejected].map((media) => ({ media, ...kindOfFile(media) })),
    outcome: { kind: 'winner', index: 0 },
  });
}
