import { basename, extname } from 'node:path';
import { z } from 'zod';
import { mediaBeside } from '../media-address.js';
import { type ComparisonSource, type Refusal, type Row, refused, rowOf } from '../source.js';
import { commonStart, type Message, messagesOf, textOfMessages } from './messages.js';
import { type Labelled, pairer } from './unpaired.js';
import { type Fields, fieldsOf, readValues } from './values.js';

/** A text, or a conversation. */
const side = z.union([z.string(), z.array(z.unknown())], 'is neither text nor a list of messages');
const rowSchema = z.object({
  id: z.union([z.string(), z.number(), z.bigint()]).transform(String).nullish(),
  prompt: side.nullish(),
  chosen: side.nullish(),
  rejected: side.nullish(),
  completion: side.nullish(),
  label: z.union([z.boolean(), z.stringbool({ truthy: ['true', '1'], falsy: ['false', '0'] })]).nullish(),
  images: z.unknown().optional(),
  image: z.unknown().optional(),
});
type TrlRow = z.infer<typeof rowSchema>;

export function isTrl(fields: Fields): boolean {
  const isText = (name: string) => ['text', 'list'].includes(fields.get(name) ?? '');
  return (isText('chosen') && isText('rejected')) || (isText('prompt') && isText('completion') && fields.has('label'));
}

/**
 * Preferences between texts as TRL takes them (huggingface.co/docs/trl/dataset_formats), in JSONL, JSON, CSV or Parquet: {prompt, chosen, rejected};
 * the same as conversations; without a prompt, which is then what both conversations begin with; and unpaired {prompt, completion,
 * label}, of which each good answer makes a pair with one bad answer to the same prompt. A conversation of one message is its content; a longer
 * one is kept as the JSON of its messages. Answers about pictures are refused: a record has no place for a picture in its prompt.
 */
export async function readTrl(path: string): Promise<ComparisonSource> {
  const pictures = [...(await fieldsOf(path))].find(([, kind]) => kind === 'image' || kind === 'images')?.[0];
  if (pictures) throw new Error(`${path}: column '${pictures}': ${noPictures}. Only texts can be read this way.`);
  return {
    path,
    format: `${extname(path).slice(1)} (TRL)`,
    [Symbol.asyncIterator]: () => readRows(path),
    loadMedia: mediaBeside('.').load, // the media are texts, which need no folder
  };
}

async function* readRows(path: string): AsyncGenerator<Row, void> {
  const answers = pairer();
  for await (const row of readValues(path)) {
    if ('refused' in row) {
      yield row;
      continue;
    }
    const { data, error } = rowSchema.safeParse(row.value);
    const read = data ? readRow(row.where, `${basename(path)}:${row.number}`, data) : refused(row.where, error.issues);
    if (!('completion' in read)) {
      yield read;
      continue;
    }
    const { pair, givenUp } = answers.add(read);
    yield* givenUp.map(alone);
    if (pair)
      yield pairOf(
        read.where,
        `${pair.good.id}+${pair.bad.id}`,
        read.prompt,
        pair.good.completion,
        pair.bad.completion,
      );
  }
  yield* answers.rest().map(alone);
}

function readRow(where: string, fallbackId: string, row: TrlRow): Row | Labelled {
  const id = row.id ?? fallbackId;
  const fault = (reason: string): Refusal => ({ where, refused: reason, problem: 'bad-record' });
  const pictures = row.images ?? row.image;
  if (pictures && !(Array.isArray(pictures) && pictures.length === 0)) return fault(noPictures);
  const { chosen, rejected } = row;
  if (typeof row.label === 'boolean' && row.completion) {
    const prompt = textOf(row.prompt, 'user');
    const completion = textOf(row.completion, 'assistant');
    if (prompt === undefined || completion === undefined) return fault(`prompt or completion: ${notText}`);
    return { where, id, prompt, completion, label: row.label };
  }
  if (!chosen || !rejected) return fault('has neither chosen and rejected, nor completion and label');
  if (row.prompt)
    return pairOf(where, id, textOf(row.prompt, 'user'), textOf(chosen, 'assistant'), textOf(rejected, 'assistant'));
  const [a, b] = [messagesOf(chosen), messagesOf(rejected)];
  if (!a || !b) return fault('has no prompt, and chosen and rejected are no conversations that begin with it');
  const { start, ...rest } = commonStart(a, b);
  if (start.length === 0) return fault('has no prompt, and chosen and rejected do not begin alike');
  return pairOf(where, id, textOf(start, 'user'), textOf(rest.a, 'assistant'), textOf(rest.b, 'assistant'));
}

const noPictures = 'answers about pictures: a record has no place for a picture in its prompt';
const notText = 'is not a text, nor messages of text';

function textOf(value: string | readonly unknown[] | null | undefined, role: 'user' | 'assistant'): string | undefined {
  if (typeof value === 'string') return value;
  const messages: readonly Message[] | undefined = messagesOf(value);
  return messages && textOfMessages(messages, role);
}

function pairOf(where: string, id: string, ...texts: readonly (string | undefined)[]): Row {
  const [prompt, chosen, rejected] = texts;
  if (prompt === undefined) return { where, refused: `prompt: ${notText}`, problem: 'bad-caption' };
  if (chosen === undefined || rejected === undefined)
    return { where, refused: `${chosen === undefined ? 'chosen' : 'rejected'}: ${notText}`, problem: 'bad-record' };
  return rowOf(where, {
    id,
    prompt,
    candidates: [chosen, rejected].map((media) => ({ media, kind: 'text' })),
    outcome: { kind: 'winner', index: 0 },
  });
}

function alone({ where, label }: Labelled): Refusal {
  const refused = `a ${label ? 'good' : 'bad'} answer, and no ${label ? 'bad' : 'good'} one to the same prompt to compare it with`;
  return { where, refused, problem: 'bad-outcome' };
}
