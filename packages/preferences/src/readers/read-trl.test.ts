import { describe, expect, it } from 'vitest';
import type { Row } from '../source.js';
import { setsBesideMedia } from './read-file.test-support.js';

const { rowsOf } = setsBesideMedia();

const lines = (...rows: unknown[]) => rows.map((row) => JSON.stringify(row)).join('\n');
const said = (role: string, content: unknown) => ({ role, content });
const short = (row: Row) =>
  'record' in row
    ? [row.record.prompt, ...row.record.candidates.map(({ media }) => media)]
    : `${row.problem}: ${row.refused}`;

describe("TRL's preferences between texts", () => {
  it('reads texts, conversations, and conversations that begin with the prompt', async () => {
    const question = said('user', 'What colour is the sky?');
    const [blue, green] = [said('assistant', 'Blue.'), said('assistant', 'Green.')];
    const system = said('system', 'Be brief.');
    const rows = await rowsOf(
      'trl.jsonl',
      lines(
        { prompt: 'The sky is', chosen: ' blue.', rejected: ' green.' },
        { prompt: [question], chosen: [blue], rejected: [green] },
        { chosen: [question, blue], rejected: [question, green] },
        { chosen: [system, question, blue], rejected: [system, question, green] },
        { prompt: [question], chosen: [said('assistant', [{ type: 'text', text: 'Blue.' }])], rejected: [green] },
      ),
    );
    const plain = ['What colour is the sky?', 'Blue.', 'Green.'];
    expect(rows.map(short)).toEqual([
      ['The sky is', ' blue.', ' green.'],
      plain,
      plain,
      [JSON.stringify([system, question]), 'Blue.', 'Green.'],
      plain,
    ]);
    expect(rows[0]).toMatchObject({ record: { id: 'trl.jsonl:1', candidates: [{ kind: 'text' }, { kind: 'text' }] } });
  });

  it('pairs unpaired answers of one prompt, and refuses those left alone', async () => {
    const answer = (prompt: string, completion: string, label: boolean) => ({ prompt, completion, label });
    const rows = await rowsOf(
      'unpaired.jsonl',
      lines(
        answer('p', 'good', true),
        answer('q', 'alone', true),
        answer('p', 'bad', false),
        answer('p', 'worse', false),
      ),
    );
    expect(rows.map(short)).toEqual([
      ['p', 'good', 'bad'],
      'bad-outcome: a good answer, and no bad one to the same prompt to compare it with',
      'bad-outcome: a bad answer, and no good one to the same prompt to compare it with',
    ]);
    expect(rows[1]?.where).toMatch(/unpaired.jsonl:2$/);
  });

  it('refuses what is no pair of texts, and goes on', async () => {
    const rows = await rowsOf(
      'bad-trl.jsonl',
      lines(
        { prompt: 'x', chosen: 'a', rejected: 'b' },
        { prompt: 'x', chosen: 'a' },
        { chosen: 'a', rejected: 'b' },
        { chosen: [said('user', 'a')], rejected: [said('user', 'b')] },
        { prompt: 'x', chosen: [said('assistant', [{ type: 'image' }])], rejected: 'b' },
        { prompt: 'x', chosen: 'a', rejected: 'b', images: ['a.png'] },
        { prompt: 'x', chosen: 3, rejected: 'b' },
        'text',
        { prompt: ' ', chosen: 'a', rejected: 'b' },
      ),
    );
    expect(rows.map((row) => ('problem' in row ? row.problem : 'record'))).toEqual([
      'record',
      ...Array(7).fill('bad-record'),
      'bad-caption',
    ]);
    expect(rows[5]?.refused).toMatch(/no place for a picture/);
  });

  it('reads a JSON array and a CSV file alike', async () => {
    const expected = ['p', 'yes', 'no'];
    expect((await rowsOf('trl.json', '[{"prompt":"p","chosen":"yes","rejected":"no"}]')).map(short)).toEqual([
      expected,
    ]);
    expect((await rowsOf('trl.csv', 'prompt,chosen,rejected\np,yes,no\n')).map(short)).toEqual([expected]);
    const labelled = 'prompt,completion,label\np,yes,True\np,no,false\n';
    expect((await rowsOf('kto.csv', labelled)).map(short)).toEqual([expected]);
  });
});
