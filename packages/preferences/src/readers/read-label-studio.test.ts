import { describe, expect, it } from 'vitest';
import { recordOf, setsBesideMedia } from './read-file.test-support.js';

const { rowsOf } = setsBesideMedia();

const task = (data: object, ...annotations: object[]) => ({ id: 7, data, annotations });
const annotation = (type: string, value: object, more: object = {}) => ({
  id: 3,
  completed_by: 12,
  created_at: '2026-03-09T22:16:08.728353Z',
  lead_time: 4.288,
  was_cancelled: false,
  result: [{ from_name: 'x', to_name: 'y', type, value }],
  ...more,
});
const images = { prompt: 'a fox', image1: '/data/local-files/?d=a.png', image2: './b.png' };
const read = (name: string, ...tasks: object[]) => rowsOf(`${name}.json`, JSON.stringify(tasks));

describe("Label Studio's export", () => {
  it('gives a record for each annotation, with its rater and time', async () => {
    const rows = await read(
      'pairs',
      task(
        images,
        annotation('pairwise', { selected: 'right' }),
        annotation('pairwise', { selected: 'left' }, { completed_by: { email: 'a@b.c' }, id: 4 }),
      ),
    );
    expect(rows.map(recordOf)).toEqual([
      {
        id: '7:3',
        prompt: 'a fox',
        candidates: [{ media: 'a.png' }, { media: 'b.png' }],
        outcome: { kind: 'winner', index: 1 },
        question: 'overall',
        rater: '12',
        at: '2026-03-09T22:16:08.728353Z',
        milliseconds: 4288,
      },
      expect.objectContaining({ id: '7:4', rater: 'a@b.c', outcome: { kind: 'winner', index: 0 } }),
    ]);
  });

  it('reads rankings, ties and cancelled annotations, of texts and of videos', async () => {
    const items = [
      { id: 'x', title: 'one', body: 'yes' },
      { id: 'y', body: 'no' },
      { id: 'z', body: 'maybe' },
    ];
    const rows = await read(
      'others',
      task({ prompt: 'p', items }, annotation('ranker', { ranker: { rank: ['z', 'x', 'y'] } })),
      task({ prompt: 'p', items }, annotation('ranker', { ranker: ['y', 'x', 'z'] })),
      task({ question: 'p', answer_a: 'yes', answer_b: 'no' }, annotation('choices', { choices: ['Both bad'] })),
      task({ prompt: 'p', video1: 'a.mp4', video2: 'b.mp4' }, annotation('choices', { choices: ['tie'] })),
      task(images, { result: [], was_cancelled: true }),
    );
    expect(rows.map((row) => 'record' in row && [row.record.outcome, row.record.candidates[0]])).toEqual([
      [
        { kind: 'ranking', order: [2, 0, 1] },
        { media: 'yes', kind: 'text' },
      ],
      [
        { kind: 'ranking', order: [1, 0, 2] },
        { media: 'yes', kind: 'text' },
      ],
      [{ kind: 'bothBad' }, { media: 'yes', kind: 'text' }],
      [{ kind: 'tie' }, { media: 'a.mp4', kind: 'video' }],
      [{ kind: 'skip' }, { media: 'a.png' }],
    ]);
  });

  it('takes left for the first that the annotation names', async () => {
    const result = [{ from_name: 'pw', to_name: 'image2,image1', type: 'pairwise', value: { selected: 'left' } }];
    const [row] = await read('named', task(images, { id: 1, result }));
    expect(row).toMatchObject({
      record: { candidates: [{ media: 'b.png' }, { media: 'a.png' }], outcome: { index: 0 } },
    });
  });

  it('refuses what is no comparison, or lies elsewhere, and goes on', async () => {
    const left = annotation('pairwise', { selected: 'left' });
    const items = [
      { id: 'x', body: 'yes' },
      { id: 'y', body: 'no' },
    ];
    const rows = await read(
      'bad-tasks',
      task(images, left),
      task(images),
      task({ prompt: 'p', image: 'a.png' }, left),
      task({ ...images, image2: '/data/upload/1/b.png' }, left),
      task({ ...images, image2: '/data/local-files/?d=..%2F..%2Fetc%2Fhostname' }, left),
      task({ ...images, image2: '/data/local-files/?d=%E0' }, left),
      task({ ...images, prompt: undefined }, left),
      task(images, annotation('rating', { rating: 4 })),
      task({ prompt: 'p', items }, annotation('ranker', { ranker: { good: ['x'], bad: ['y'] } })),
      task({ prompt: 'p', items }, annotation('ranker', { ranker: { rank: ['x', 'q'] } })),
      { data: 3, annotations: [] },
      task({ ...images, image2: 'https://example.org/b.png' }, left),
    );
    expect(rows.map((row) => ('problem' in row ? row.problem : 'record'))).toEqual([
      'record',
      'bad-outcome',
      'bad-record',
      'not-local',
      'outside-folder',
      'missing-file',
      'bad-caption',
      'bad-outcome',
      'bad-outcome',
      'bad-outcome',
      'bad-record',
      'record',
    ]);
  });
});
