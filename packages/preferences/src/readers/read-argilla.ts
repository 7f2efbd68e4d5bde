import { basename, dirname, extname } from 'node:path';
import { z } from 'zod';
import { mediaBeside } from '../media-address.js';
import { outcomeOfPlaces, outcomeOfWord, plain } from '../outcome-words.js';
import type { Outcome } from '../record.js';
import { detailsSchema, withDetails } from '../record-details.js';
import { type ComparisonSource, type Problem, type Row, refused, rowOf } from '../source.js';
import { candidateNames, candidateOf, promptOf } from './candidate-fields.js';
import { type Fields, readValues } from './values.js';

const responseSchema = z.looseObject({
  value: z.unknown(),
  user_id: z.string().nullish(),
  status: z.string().nullish(),
});
const recordSchema = z.looseObject({
  id: z.union([z.string(), z.number()]).transform(String).nullish(),
  fields: z.record(z.string(), z.unknown()),
  responses: z.record(z.string(), z.array(responseSchema)),
  metadata: z.record(z.string(), z.unknown()).nullish(),
});
type ArgillaRecord = z.infer<typeof recordSchema>;
type Response = z.infer<typeof responseSchema>;

const flatEnding = '.responses';

export function isArgilla(fields: Fields): boolean {
  const nested = fields.get('fields') === 'object' && fields.get('responses') === 'object';
  return nested || [...fields.keys()].some((name) => name.endsWith(flatEnding));
}

/**
 * Argilla's records (docs.argilla.io, Dataset.records): the JSON of `to_json`, {id, fields, metadata, responses: {question: [{value,
 * user_id}]}}, or the flat rows of `to_datasets`, with columns `question.responses`, `.responses.users` and `.responses.status`, as JSONL, JSON or
 * Parquet. Each response to a question that compares is a record: a ranking question that orders fields, or a label question whose label
 * names a field, or says tie, both bad or skip. Candidates are the fields image_1 and image_2, response_1 and response_2, chosen and rejected, …;
 * other questions are left alone. A discarded response is a `skip`, a draft is refused.
 */
export function readArgilla(path: string): ComparisonSource {
  const media = mediaBeside(dirname(path));
  return {
    path,
    format: `${extname(path).slice(1)} (Argilla)`,
    async *[Symbol.asyncIterator]() {
      for await (const row of readValues(path)) {
        if ('refused' in row) yield row;
        else for (const record of recordsOf(row.where, nested(row.value))) yield media.checked(record);
      }
    },
    loadMedia: media.load,
  };
}

function recordsOf(where: string, value: unknown): Row[] {
  const { data: record, error } = recordSchema.safeParse(value);
  if (!record) return [refused(where, error.issues)];
  const names = candidateNames(record.fields);
  if (names.length < 2) {
    const found = Object.keys(record.fields).join(', ') || 'none';
    return [
      fault(
        where,
        'bad-record',
        `no candidates among the fields ${found}: expected image_1 and image_2, response_1 and response_2, …`,
      ),
    ];
  }
  const rows = Object.entries(record.responses).flatMap(([question, responses]) => {
    const outcomes = responses.map((response) => outcomeOf(response, names));
    // a question of which no answer compares asks something else; where one does, the others that do not are faults
    if (outcomes.every((outcome) => outcome === undefined)) return [];
    return responses.map((response, index) => rowOfResponse(where, record, names, question, response, outcomes[index]));
  });
  const found = Object.keys(record.responses).join(', ') || 'none';
  return rows.length > 0
    ? rows
    : [
        fault(
          where,
          'bad-outcome',
          `no response compares ${names.join(' and ')}; the questions with responses are: ${found}`,
        ),
      ];
}

function rowOfResponse(
  where: string,
  { id, fields, metadata, responses }: ArgillaRecord,
  names: readonly string[],
  question: string,
  { user_id, value }: Response,
  outcome: Outcome | 'draft' | undefined,
): Row {
  if (outcome === 'draft')
    return fault(where, 'bad-outcome', `${question}: a draft of ${user_id ?? 'somebody'}, not a response`);
  if (!outcome)
    return fault(
      where,
      'bad-outcome',
      `${question}: ${JSON.stringify(value)?.slice(0, 80)} does not compare ${names.join(' and ')}`,
    );
  const candidates = names.map((name) => candidateOf(name, String(fields[name])));
  const ours = Object.values(responses).flat().length === 1 ? detailsIn(metadata?.bradley) : undefined;
  const details = ours ?? {
    id: `${id ?? basename(where)}:${question}${user_id ? `:${user_id}` : ''}`,
    question,
    ...(user_id && { rater: user_id }),
  };
  return rowOf(where, withDetails(details, { prompt: promptOf(fields, names), candidates, outcome }));
}

/** What a response says of the candidates, if anything. */
function outcomeOf({ value, status }: Response, names: readonly string[]): Outcome | 'draft' | undefined {
  if (status === 'discarded') return { kind: 'skip' };
  if (status === 'draft') return 'draft';
  const indexOf = (text: unknown) =>
    typeof text === 'string' ? names.findIndex((name) => plain(name) === plain(text)) : -1;
  if (typeof value === 'string') {
    const index = indexOf(value);
    return index === -1 ? outcomeOfWord(value) : { kind: 'winner', index };
  }
  if (!Array.isArray(value) || value.length !== names.length) return undefined;
  const ranked = z.array(z.looseObject({ value: z.string(), rank: z.number() })).safeParse(value).data;
  const places = names.map((_, index) =>
    ranked
      ? ranked.find((each) => indexOf(each.value) === index)?.rank
      : value.findIndex((each) => indexOf(each) === index),
  );
  return places.some((place) => place === undefined || place < 0) ? undefined : outcomeOfPlaces(places.map(Number));
}

/** The nested form of a flat row; a nested one as it is. */
function nested(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || ('fields' in value && 'responses' in value)) return value;
  const row = value as Readonly<Record<string, unknown>>;
  const questions = Object.keys(row).filter((name) => name.endsWith(flatEnding) && Array.isArray(row[name]));
  const responses = questions.map((column) => {
    const [values, users, status] = ['', '.users', '.status'].map((more) => row[column + more]);
    const at = (list: unknown, index: number): unknown =>
      Array.isArray(list) ? (list[index] ?? undefined) : undefined;
    const all = (values as unknown[]).map((each, i) => ({ value: each, user_id: at(users, i), status: at(status, i) }));
    return [column.slice(0, -flatEnding.length), all] as const;
  });
  const fields = Object.entries(row).filter(([name]) => !/\.(responses|suggestion)(\.\w+)?$/.test(name));
  return {
    id: row.id,
    fields: Object.fromEntries(fields),
    responses: Object.fromEntries(responses),
    metadata: { bradley: row.bradley },
  };
}

function detailsIn(text: unknown) {
  if (typeof text !== 'string') return undefined;
  try {
    return detailsSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

function fault(where: string, problem: Problem, reason: string): Row {
  return { where, refused: reason, problem };
}
