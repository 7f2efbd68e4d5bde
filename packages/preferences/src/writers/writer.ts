import type { Candidate, Comparison, Outcome, OutcomeKind } from '../record.js';
import { MediaError, type Refusal, refusalOf } from '../source.js';

/** What is written: records as they come, how to get a candidate's bytes, and who is told of a record that cannot be written. */
export interface WriteInput {
  readonly records: AsyncIterable<Comparison>;
  readonly loadMedia: (candidate: Candidate) => Promise<Uint8Array>;
  readonly onRefusal: (refusal: Refusal) => void;
}

/**
 * Writes records to a path, one at a time in memory. Under the path is what was there before, or the whole set, never a part; media that lie
 * beside it are content-addressed, each written whole. Returns the number of records written. A record that the format has no place for, or
 * whose media cannot be had, is refused, and writing goes on.
 */
export interface ComparisonWriter {
  /** What it writes, for help texts. */
  readonly writes: string;
  /** The ending of the file that it writes; none for one that writes a folder. */
  readonly ending?: string;
  readonly write: (path: string, input: WriteInput) => Promise<number>;
}

/** What `convert` makes of each record; what it throws as `MediaError` is a refusal. */
export async function* converted<Item>(
  { records, onRefusal }: WriteInput,
  convert: (record: Comparison) => Promise<Item> | Item,
): AsyncGenerator<Item, void> {
  for await (const record of records) {
    let item: Item;
    try {
      item = await convert(record);
    } catch (error) {
      onRefusal(refusalOf(`record ${record.id}`, error));
      continue;
    }
    yield item;
  }
}

/** Counts what goes through, for the number that a writer returns. */
export function counting(): { count: number; through<Item>(items: AsyncIterable<Item>): AsyncGenerator<Item, void> } {
  const counter = {
    count: 0,
    async *through<Item>(items: AsyncIterable<Item>) {
      for await (const item of items) {
        counter.count++;
        yield item;
      }
    },
  };
  return counter;
}

export function notExpressible(reason: string): MediaError {
  return new MediaError('not-expressible', reason);
}

/** The outcome, where it is one that the format can hold. */
export function outcomeIn<Kind extends OutcomeKind>(
  { outcome }: Comparison,
  format: string,
  kinds: readonly Kind[],
): Extract<Outcome, { kind: Kind }> {
  const isHeld = (each: Outcome): each is Extract<Outcome, { kind: Kind }> => kinds.some((kind) => kind === each.kind);
  if (isHeld(outcome)) return outcome;
  throw notExpressible(`the outcome is '${outcome.kind}'; ${format} holds ${kinds.join(', ')}`);
}

/** The two candidates of a record, where it has no more. */
export function pairIn({ candidates }: Comparison, format: string): readonly [Candidate, Candidate] {
  const [first, second, third] = candidates;
  if (!first || !second || third) throw notExpressible(`${candidates.length} candidates; ${format} holds two`);
  return [first, second];
}

/** Refuses a record with a candidate of another kind than the format holds; `image` stands for one without a kind. */
export function requireKinds({ candidates }: Comparison, format: string, kinds: readonly string[]): void {
  const other = candidates.find(({ kind }) => !kinds.includes(kind ?? 'image'));
  if (other) throw notExpressible(`a candidate is ${other.kind ?? 'image'}; ${format} holds ${kinds.join(', ')}`);
}
