import type { z } from 'zod';
import { type Candidate, type Comparison, comparisonSchema } from './record.js';
import type { Teacher } from './teachers.js';

/** The kinds of thing that can be wrong with a record, each with what it means. */
export const problems = {
  'bad-row': 'a row that cannot be read',
  'bad-record': 'a field that is missing, unknown or of the wrong type',
  'bad-caption': 'a caption that is missing, empty or damaged',
  'bad-outcome': 'an outcome that does not fit the candidates, such as a winner that is not there',
  'missing-file': 'a file that is not there, or has no partner',
  'not-local': 'media on the network, or on the server of another tool: nothing is ever fetched',
  'outside-folder': "a path or link that leaves the set's folder",
  'too-big': 'a file or image over the size limit',
  'not-an-image': 'a file that does not decode as an image',
  'same-image': 'the same image on both sides',
  duplicate: 'a record that repeats an earlier one',
  contradiction: 'a record that contradicts an earlier one on the same images',
  'not-expressible': 'a record that the format to be written has no place for',
} as const;
export type Problem = keyof typeof problems;

/** Why a row gave no record. */
export interface Refusal {
  readonly where: string;
  readonly refused: string;
  readonly problem: Problem;
}

/** One row: a record, or the reason there is none. `where` is `file:line` or `file|row`. */
export type Row = { readonly where: string; readonly record: Comparison } | Refusal;

/** A set of comparisons, read row by row. It may be iterated more than once; each time reads the files anew. */
export interface ComparisonSource extends AsyncIterable<Row> {
  readonly path: string;
  readonly format: string;
  /** What the scorers that made comparisons of it had learnt from, as far as is known here. */
  readonly teachers?: () => Promise<readonly Teacher[]>;
  /** The bytes of a candidate that came from this source. Throws `MediaError`. */
  loadMedia(candidate: Candidate): Promise<Uint8Array>;
}

/** A media file that cannot be had; `problem` says how to count it. */
export class MediaError extends Error {
  override readonly name = 'MediaError';
  constructor(
    readonly problem: Problem,
    message: string,
  ) {
    super(message);
  }
}

/** The row of a candidate record: validated, or refused with everything that is wrong with it. */
export function rowOf(where: string, value: unknown): Row {
  const { success, data, error } = comparisonSchema.safeParse(value);
  return success ? { where, record: data } : refused(where, error.issues);
}

/** The refusal of a value that a schema of ours does not admit. */
export function refused(where: string, issues: readonly z.core.$ZodIssue[]): Refusal {
  const reasons = issues.map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`));
  return { where, refused: reasons.join('; '), problem: problemOf(issues) };
}

/** The row of a `MediaError` thrown while resolving; any other error is not ours to swallow. */
export function refusalOf(where: string, error: unknown): Refusal {
  if (!(error instanceof MediaError)) throw error;
  return { where, refused: error.message, problem: error.problem };
}

function problemOf(issues: readonly z.core.$ZodIssue[]): Problem {
  const fields = new Set(issues.map(({ path }) => path[0]));
  if (fields.size === 1 && fields.has('prompt')) return 'bad-caption';
  if (fields.size === 1 && fields.has('outcome')) return 'bad-outcome';
  return 'bad-record';
}
