import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodePng } from '@bradley/formats';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sha256Of } from '../media-path.js';
import { openComparisons } from '../open.js';
import { type Candidate, type Comparison, comparisonSchema, type OutcomeKind } from '../record.js';
import type { ComparisonSource, Refusal, Row } from '../source.js';
import { convertComparisons } from './convert.js';
import { comparisonWriters, type WrittenFormat, writtenFormats } from './table.js';

let folder: string;
let runs = 0;
const files = new Map<string, Uint8Array>();
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'round-trip-'));
  for (const grey of [0, 100, 200]) files.set(`p${grey}`, await encodePng(new Uint8Array(3).fill(grey), 1, 1));
  const film = (text: string) => Uint8Array.from(Buffer.from(`\0\0\0\x18ftypisom${text}`));
  files.set('v0', film('a')).set('v1', film('b')).set('v2', film('c'));
  files.set('s0', Uint8Array.from(Buffer.from('ID3a'))).set('s1', Uint8Array.from(Buffer.from('ID3b')));
});
afterAll(() => rm(folder, { recursive: true }));

function sourceOf(records: readonly Comparison[]): ComparisonSource {
  return {
    path: 'memory',
    format: 'memory',
    async *[Symbol.asyncIterator]() {
      yield* records.map((record): Row => ({ where: record.id, record }));
    },
    async loadMedia({ media, kind }) {
      if (kind === 'text') return new TextEncoder().encode(media);
      const bytes = files.get(media);
      if (!bytes) throw new Error(`no ${media}`);
      return bytes;
    },
  };
}

/**
 * Texts as people write them, and as nobody does; no half of a surrogate pair, which UTF-8 cannot hold, and no byte order mark, which the
 * decoders of Parquet and of JSON drop at the beginning of a text.
 */
const text = fc.oneof(
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }),
  fc.constantFrom(
    '=1+1',
    'a,"b"\r\nc',
    "it's",
    '"',
    ' x ',

    'null',
    '0',
    '[{"role"',
    '{"a": 1}',
    '<b>',
    '\r',
    '\u2028',
  ),
);
const details = {
  model: text,
  seed: fc.integer(),
  steps: fc.integer({ min: 1, max: 1000 }),
  guidance: fc.double({ noNaN: true, noDefaultInfinity: true, min: 0.5 }),
  adapter: text,
};
const mediaOf: Record<string, fc.Arbitrary<{ media: string; kind?: 'text' | 'video' | 'audio' }>> = {
  image: fc.constantFrom('p0', 'p100', 'p200').map((media) => ({ media })),
  video: fc.constantFrom('v0', 'v1', 'v2').map((media) => ({ media, kind: 'video' as const })),
  audio: fc.constantFrom('s0', 's1').map((media) => ({ media, kind: 'audio' as const })),
  text: text.map((media) => ({ media, kind: 'text' as const })),
};
const kinds = ['image', 'video', 'audio', 'text'];

function outcomeFor(n: number): fc.Arbitrary<Comparison['outcome']> {
  const order = fc.shuffledSubarray(
    Array.from({ length: n }, (_, i) => i),
    { minLength: n, maxLength: n },
  );
  return fc.oneof(
    fc.nat(n - 1).map((index) => ({ kind: 'winner' as const, index })),
    fc.constantFrom('tie' as const, 'bothBad' as const, 'skip' as const).map((kind) => ({ kind })),
    order.map((all) => ({ kind: 'ranking' as const, order: all })),
    fc.array(fc.integer({ min: 1, max: 9 }), { minLength: n, maxLength: n }).map((votes) => {
      const sum = votes.reduce((a, b) => a + b, 0);
      return { kind: 'shares' as const, p: votes.map((vote) => vote / sum) };
    }),
    fc
      .dictionary(
        text,
        fc.array(fc.double({ noNaN: true, noDefaultInfinity: true, min: 0.1 }), { minLength: n, maxLength: n }),
        { minKeys: 1, maxKeys: 2 },
      )
      .map((by) => ({ kind: 'scores' as const, by: { ...by } })),
  );
}

const record = fc.tuple(fc.integer({ min: 2, max: 4 }), fc.constantFrom(...kinds)).chain(([n, kind]) =>
  fc.record(
    {
      id: fc.oneof(fc.uuid(), text),
      prompt: text.filter((prompt) => /\S/.test(prompt)),
      candidates: fc.array(
        fc
          .tuple(mediaOf[kind] ?? fc.constant({ media: 'p0' }), fc.record(details, { requiredKeys: [] }))
          .map(([media, more]) => ({ ...media, ...more })),
        { minLength: n, maxLength: n },
      ),
      outcome: outcomeFor(n),
      question: fc.oneof(fc.constantFrom('overall', 'VQ', 'MQ'), text),
      rater: text,
      session: text,
      at: fc
        .date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true })
        .map((date) => date.toISOString()),
      milliseconds: fc.integer({ min: 0, max: 1e7 }),
      shown: fc.shuffledSubarray(
        Array.from({ length: n }, (_, i) => i),
        { minLength: n, maxLength: n },
      ),
    },
    { requiredKeys: ['id', 'prompt', 'candidates', 'outcome', 'question'] },
  ),
);
type Loss = (record: Comparison, index: number) => Comparison;

/** A record without these fields, and with candidates that have only those. */
const without =
  (fields: readonly (keyof Comparison)[], candidateFields: readonly (keyof Candidate)[] = ['media', 'kind']): Loss =>
  (whole) => ({
    ...(Object.fromEntries(
      Object.entries(whole).filter(([name]) => !fields.some((field) => field === name)),
    ) as Comparison),
    candidates: whole.candidates.map(
      (candidate) =>
        Object.fromEntries(
          Object.entries(candidate).filter(([name]) => candidateFields.some((field) => field === name)),
        ) as Candidate,
    ),
    ...(fields.includes('question') && { question: 'overall' }),
  });

const winnerFirst: Loss = (whole) => {
  const [a, b] = whole.candidates;
  const second = whole.outcome.kind === 'winner' && whole.outcome.index === 1;
  return second && a && b ? { ...whole, candidates: [b, a], outcome: { kind: 'winner', index: 0 } } : whole;
};

/** Votes that a share cannot tell from a winner or a tie. */
const sharesAsVotes: Loss = (whole) => {
  const { outcome } = whole;
  return outcome.kind === 'shares' && outcome.p.every((p) => p === outcome.p[0])
    ? { ...whole, outcome: { kind: 'tie' } }
    : whole;
};

const all = ['winner', 'tie', 'bothBad', 'skip', 'ranking', 'shares', 'scores'] as const;

/** What each format holds, and what it makes of it: the table of docs/data.md as code. */
const formats: Record<
  WrittenFormat,
  {
    outcomes: readonly OutcomeKind[];
    kinds: readonly string[];
    pairs?: true;
    refuses?: (whole: Comparison) => boolean;
    loses: readonly Loss[];
  }
> = {
  jsonl: { outcomes: all, kinds, loses: [] },
  csv: { outcomes: all, kinds, loses: [] },
  'label-studio': {
    outcomes: ['winner', 'tie', 'bothBad', 'skip', 'ranking'],
    kinds,
    refuses: ({ candidates, outcome }) => outcome.kind === 'winner' && candidates.length > 2,
    loses: [],
  },
  argilla: { outcomes: ['winner', 'tie', 'bothBad', 'skip', 'ranking'], kinds, loses: [] },
  table: {
    outcomes: ['winner', 'tie', 'bothBad', 'skip', 'ranking', 'shares'],
    kinds: ['image'],
    loses: [without(['shown'], ['media', 'model']), sharesAsVotes],
  },
  'pick-a-pic': {
    outcomes: ['winner', 'tie', 'skip', 'shares'],
    kinds: ['image'],
    pairs: true,
    loses: [without(['question', 'session', 'milliseconds', 'shown'], ['media', 'model']), sharesAsVotes],
  },
  'pick-a-pic-addresses': { outcomes: [], kinds: ['image'], pairs: true, loses: [] },
  folder: {
    outcomes: ['winner'],
    refuses: ({ id }) => !/^[A-Za-z0-9][\w-]{0,99}$/.test(id),
    kinds: ['image', 'video', 'audio'],
    pairs: true,
    loses: [
      without(['question', 'rater', 'session', 'milliseconds', 'shown']),
      winnerFirst,
      (whole) => ({ ...whole, prompt: whole.prompt.trim() }),
    ],
  },
  'video-align': {
    outcomes: ['winner', 'tie', 'skip'],
    refuses: ({ question }) => !['VQ', 'MQ', 'TA', 'overall'].includes(question),
    kinds: ['video'],
    pairs: true,
    loses: [without(['session', 'at', 'milliseconds', 'shown'], ['media', 'kind', 'model'])],
  },
  trl: {
    outcomes: ['winner'],
    kinds: ['text'],
    pairs: true,
    loses: [without(['question', 'rater', 'session', 'at', 'milliseconds', 'shown']), winnerFirst],
  },
};

/** The record with the sha256 of media in place of their address. */
async function byContent(whole: Comparison, load: ComparisonSource['loadMedia']): Promise<Comparison> {
  const candidates = [];
  for (const candidate of whole.candidates) {
    candidates.push(candidate.kind === 'text' ? candidate : { ...candidate, media: sha256Of(await load(candidate)) });
  }
  return { ...whole, candidates };
}

async function roundTrip(records: readonly Comparison[], to: WrittenFormat) {
  const path = join(folder, `${++runs}`, `set${'ending' in comparisonWriters[to] ? comparisonWriters[to].ending : ''}`);
  await mkdir(join(folder, `${runs}`));
  const source = sourceOf(records);
  const report = await convertComparisons(source, path, to);
  const back = await openComparisons(path, to === 'pick-a-pic-addresses' ? 'pick-a-pic' : to);
  const read: (Comparison | Refusal)[] = [];
  for await (const row of back) read.push('record' in row ? await byContent(row.record, back.loadMedia) : row);
  return { report, read, left: await readdir(join(folder, `${runs}`)) };
}

const rounds = writtenFormats.filter((name) => name !== 'pick-a-pic-addresses');

describe.each(rounds)('%s, written and read', (to) => {
  const format = formats[to];

  it('gives every record that it holds, up to what it loses, and refuses the others', () =>
    fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(record, { maxLength: 12, selector: ({ id }) => id.toLowerCase() }),
        async (some) => {
          const records = some.map((each) => comparisonSchema.parse(each));
          const { report, read, left } = await roundTrip(records, to);
          const refused = new Set(report.refusals.map(({ where }) => where));
          const written = records.filter(({ id }) => !refused.has(`record ${id}`));
          expect(report.written).toBe(written.length);
          const expected = written.map((whole) => format.loses.reduce((kept, loss, index) => loss(kept, index), whole));
          const source = sourceOf([]);
          const wanted = await Promise.all(expected.map((whole) => byContent(whole, source.loadMedia)));
          const found = read.map((each) => ('id' in each ? comparable(each, to, written) : each));
          expect(new Set(found)).toEqual(new Set(wanted));
          if (to !== 'folder') expect(found).toEqual(wanted); // a folder is read in the order of its names
          for (const whole of records) {
            const held =
              format.outcomes.includes(whole.outcome.kind) &&
              whole.candidates.every(({ kind }) => format.kinds.includes(kind ?? 'image')) &&
              !(format.pairs && whole.candidates.length > 2) &&
              !format.refuses?.(whole);
            expect([whole.id, refused.has(`record ${whole.id}`)]).toEqual([whole.id, !held]);
          }
          expect(left.filter((name) => name.startsWith('.'))).toEqual([]);
        },
      ),
      { numRuns: 40 },
    ));

  it('leaves nothing under the name when the records end in an error', async () => {
    const path = join(folder, `broken-${to}${'ending' in comparisonWriters[to] ? comparisonWriters[to].ending : ''}`);
    const source = sourceOf(fc.sample(record, 20).map((each) => comparisonSchema.parse(each)));
    const breaking = {
      ...source,
      async *[Symbol.asyncIterator]() {
        yield* source;
        throw new Error('the source broke');
      },
    };
    await expect(convertComparisons(breaking, path, to)).rejects.toThrow(/the source broke/);
    expect((await readdir(folder)).filter((name) => name.includes(`broken-${to}`))).toEqual([]);
  });
});

/** Without what a format adds: VideoAlign's column in the id, a folder's time of the file where the record had none. */
function comparable({ at, ...read }: Comparison, to: WrittenFormat, written: readonly Comparison[]): Comparison {
  const id = to === 'video-align' ? read.id.replace(/:(VQ|MQ|TA|Overall)$/, '') : read.id;
  const known = to !== 'folder' || written.find((whole) => whole.id === id)?.at !== undefined;
  return { ...read, id, ...(known && at !== undefined && { at }) };
}
