import { describe, expect, it } from 'vitest';
import { openComparisons } from '../open.js';
import { recordOf, setsBesideMedia } from './read-file.test-support.js';

const { at, rowsOf } = setsBesideMedia();

const record = (fields: object, responses: object) => ({
  id: 'r1',
  fields,
  metadata: {},
  suggestions: {},
  responses,
  vectors: {},
  _server_id: 's',
});
const by = (user_id: string, value: unknown, status?: string) => ({ value, user_id, ...(status && { status }) });
const answers = { prompt: 'Which?', response_1: 'yes', response_2: 'no' };
const read = (name: string, ...records: object[]) => rowsOf(`${name}.json`, JSON.stringify(records, null, 1));

describe("Argilla's records", () => {
  it('give a record for each response to a question that compares, and leave other questions alone', async () => {
    const rows = await read(
      'responses',
      record(answers, {
        ranking: [
          by('u1', ['response_2', 'response_1']),
          by('u2', [
            { value: 'response_1', rank: 1 },
            { value: 'response_2', rank: 1 },
          ]),
        ],
        better: [by('u1', 'Response 1'), by('u2', 'both_bad'), by('u3', null, 'discarded')],
        comment: [by('u1', 'a long remark')],
        stars: [by('u1', 4)],
      }),
    );
    expect(
      rows.map((row) => 'record' in row && [row.record.id, row.record.question, row.record.rater, row.record.outcome]),
    ).toEqual([
      ['r1:ranking:u1', 'ranking', 'u1', { kind: 'ranking', order: [1, 0] }],
      ['r1:ranking:u2', 'ranking', 'u2', { kind: 'scores', by: { rank: [-1, -1] } }],
      ['r1:better:u1', 'better', 'u1', { kind: 'winner', index: 0 }],
      ['r1:better:u2', 'better', 'u2', { kind: 'bothBad' }],
      ['r1:better:u3', 'better', 'u3', { kind: 'skip' }],
    ]);
    expect(rows[0]).toMatchObject({
      record: {
        prompt: 'Which?',
        candidates: [
          { media: 'yes', kind: 'text' },
          { media: 'no', kind: 'text' },
        ],
      },
    });
  });

  it('are called by file and row where they have no id, as an import knows them by their content then', async () => {
    const { id: _, ...nameless } = record(answers, { better: [by('u1', 'Response 1')] });
    const [row] = await read('nameless', nameless);
    expect(recordOf(row)).toMatchObject({ id: 'nameless.json[0]:better:u1' });
  });

  it('are read flat as well, with pictures by path or as data: URIs', async () => {
    const [row] = await rowsOf(
      'flat.jsonl',
      JSON.stringify({
        id: 'r2',
        prompt: 'a fox',
        image_1: 'a.png',
        image_2: 'data:image/png;base64,aGFsbG8=',
        'preference.responses': ['image_2', null],
        'preference.responses.users': ['u1', 'u2'],
        'preference.responses.status': ['submitted', 'draft'],
        'preference.suggestion': 'image_1',
      }),
    );
    expect(recordOf(row)).toMatchObject({
      prompt: 'a fox',
      candidates: [{ media: 'a.png' }, { media: 'data:image/png;base64,aGFsbG8=' }],
      outcome: { kind: 'winner', index: 1 },
      rater: 'u1',
    });
    const { loadMedia } = await openComparisons(at('flat.jsonl'));
    expect(Buffer.from(await loadMedia({ media: 'data:image/png;base64,aGFsbG8=' })).toString()).toBe('hallo');
  });

  it('are refused with the reason where they compare nothing', async () => {
    const rows = await read(
      'bad-records',
      record(answers, { better: [by('u1', 'response_1'), by('u2', 'purple'), by('u3', 'response_2', 'draft')] }),
      record(answers, { stars: [by('u1', 4)] }),
      record({ prompt: 'x', answer: 'y' }, { better: [by('u1', 'y')] }),
      record({ response_1: 'yes', response_2: 'no' }, { better: [by('u1', 'response_1')] }),
      record({ prompt: 'x', image_1: '../a.png', image_2: 'b.png' }, { better: [by('u1', 'image_1')] }),
      { fields: 3, responses: {} },
    );
    expect(rows.map((row) => ('problem' in row ? row.problem : 'record'))).toEqual([
      'record',
      'bad-outcome',
      'bad-outcome',
      'bad-outcome',
      'bad-record',
      'bad-caption',
      'outside-folder',
      'bad-record',
    ]);
    expect(rows[3]?.refused).toMatch(/questions with responses are: stars/);
  });
});
