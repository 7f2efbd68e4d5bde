import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openComparisons } from '../open.js';
import { type Comparison, comparisonSchema } from '../record.js';
import { MediaError } from '../source.js';
import { convertComparisons } from '../writers/convert.js';
import { type WrittenFormat, writtenFormats } from '../writers/table.js';
import { type ComparisonFormat, comparisonReaders } from './table.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hostile-'));
  await writeFile(join(folder, 'a.png'), 'outside');
});
afterAll(() => rm(folder, { recursive: true }));

/** Reads everything there is; every row is a record or has a reason, and no file outside the folder is given out. */
async function readAll(path: string, format: ComparisonFormat): Promise<number> {
  let records = 0;
  try {
    const source = await openComparisons(path, format);
    for await (const row of source) {
      if (!('record' in row)) {
        expect(row.refused).not.toBe('');
        continue;
      }
      records++;
      comparisonSchema.parse(row.record);
      for (const candidate of row.record.candidates) {
        await source.loadMedia(candidate).then(
          (bytes) => expect(Buffer.from(bytes).toString()).not.toBe('outside'),
          (error: unknown) => expect(error).toBeInstanceOf(MediaError),
        );
      }
    }
  } catch (error) {
    expect(error).toMatchObject({ message: expect.stringContaining(path) });
  }
  return records;
}

const formatOf = (to: WrittenFormat): ComparisonFormat => (to === 'pick-a-pic-addresses' ? 'pick-a-pic' : to);
const inFiles = writtenFormats.filter((name) => name !== 'folder');

/** Records that the format holds: texts, videos or pictures, each once. */
function recordsFor(to: WrittenFormat): Comparison[] {
  const address = to === 'pick-a-pic-addresses' ? 'https://example.org/' : '';
  const kind = to === 'trl' ? ('text' as const) : to === 'video-align' ? ('video' as const) : undefined;
  return [0, 1, 2].map((index) => ({
    id: String(index),
    prompt: `a fox, ${index}`,
    candidates: ['x', 'y'].map((name) => ({ media: `${address}${name}${index}`, ...(kind && { kind }) })),
    outcome: { kind: 'winner', index: index % 2 },
    question: 'overall',
    rater: 'ada',
  }));
}

describe.each(inFiles)('a damaged file of %s', (to) => {
  it('gives records, refusals, or an error that names it', async () => {
    const ending = comparisonReaders[formatOf(to)].endings[0] ?? '';
    const sound = join(
      folder,
      `${to}-sound${to === 'label-studio' || to === 'argilla' ? '.json' : to === 'trl' ? '.jsonl' : ending}`,
    );
    const source = {
      path: 'memory',
      format: 'memory',
      async *[Symbol.asyncIterator]() {
        yield* recordsFor(to).map((record) => ({ where: record.id, record }));
      },
      loadMedia: async ({ media }: { media: string }) => new TextEncoder().encode(`ID3${media}`),
    };
    await convertComparisons(source, sound, to);
    expect(await readAll(sound, formatOf(to))).toBe(3);
    const whole = await readFile(sound);
    const path = join(folder, `${to}-damaged${extname(sound)}`);
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.uint8Array({ maxLength: 4 }), fc.nat(8), async (at, put, cut) => {
        await writeFile(path, Buffer.concat([whole.subarray(0, at), put, whole.subarray(at + cut)]));
        await readAll(path, formatOf(to));
      }),
      { numRuns: 40 },
    );
  });
});

const hostilePath = fc.constantFrom(
  'a.png',
  '../a.png',
  '/etc/hostname',
  'C:\\x',
  '..\\..\\x',
  'a.png\0',
  '%2e%2e/x',
  '.',
  '',
  'media',
  '/data/local-files/?d=../x',
  'data:image/png;base64,AA',
  'file:///etc/hostname',
);
const cell = fc.oneof(
  hostilePath,
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom('left', 'tie', 'image_1', '1', 'A'),
  fc.boolean(),
);
const names: Readonly<Record<string, readonly string[]>> = {
  'label-studio': ['data', 'annotations', 'meta', 'id'],
  argilla: ['fields', 'responses', 'metadata', 'q.responses', 'q.responses.users', 'image_1', 'image_2', 'prompt'],
  table: [
    'prompt',
    'images',
    'ranks',
    'preferences',
    'chosen',
    'rejected',
    'image_1',
    'image_2',
    'choice',
    'path1',
    'path2',
  ],
  trl: ['prompt', 'chosen', 'rejected', 'completion', 'label', 'images'],
};
const nested = (format: string): fc.Arbitrary<unknown> =>
  ({
    'label-studio': fc.record({
      data: fc.dictionary(
        fc.constantFrom('prompt', 'image1', 'image2', 'items', 'text1', 'text2'),
        fc.oneof(cell, fc.array(fc.record({ id: cell, body: cell, media: cell }))),
      ),
      annotations: fc.array(
        fc.record(
          {
            result: fc.array(
              fc.record({
                type: fc.constantFrom('pairwise', 'ranker', 'choices'),
                value: fc.record(
                  {
                    selected: cell,
                    choices: fc.array(fc.string()),
                    ranker: fc.oneof(fc.array(cell), fc.dictionary(fc.string(), fc.array(fc.string()))),
                  },
                  { requiredKeys: [] },
                ),
              }),
            ),
            was_cancelled: cell,
            lead_time: cell,
          },
          { requiredKeys: ['result'] },
        ),
      ),
    }),
    argilla: fc.record({
      fields: fc.dictionary(fc.constantFrom('prompt', 'image_1', 'image_2', 'response_1', 'response_2'), cell),
      responses: fc.dictionary(
        fc.constantFrom('q', '__proto__'),
        fc.array(
          fc.record({ value: fc.oneof(cell, fc.array(fc.constantFrom('image_1', 'image_2'))), user_id: fc.string() }),
        ),
      ),
    }),
  })[format] ??
  fc.dictionary(
    fc.constantFrom(...(names[format] ?? [])),
    fc.oneof(cell, fc.array(fc.record({ role: fc.string(), content: cell }))),
  );

describe.each(Object.keys(names))('rows of anything, read as %s', (format) => {
  it('give valid records or reasons, and never a file from outside', async () => {
    await mkdir(join(folder, 'inner'), { recursive: true });
    const path = join(folder, 'inner', `${format}.json`);
    const row = fc.oneof(
      nested(format),
      fc.dictionary(fc.constantFrom(...(names[format] ?? [])), cell),
      fc.jsonValue(),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 8 }), async (rows) => {
        await writeFile(path, JSON.stringify(rows) ?? '');
        await readAll(path, format as ComparisonFormat);
      }),
      { numRuns: 80 },
    );
  });
});
