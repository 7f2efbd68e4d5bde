import { describe, expect, it } from 'vitest';
import { setsBesideMedia } from './read-file.test-support.js';

const { at, rowsOf } = setsBesideMedia();

const header = 'id,prompt,outcome,media_0,media_1,media_2,kind_0,kind_1,model_0,seed_1,shown,milliseconds,colour';

describe('a CSV file of records', () => {
  it('reads every kind of outcome, and leaves out what is empty', async () => {
    const outcomes = ['1', 'tie', 'bothBad', 'skip', '1>0', '0.25|0.75', '"{""s"":[5,4.5]}"'];
    const rows = await rowsOf(
      'outcomes.csv',
      [header, ...outcomes.map((outcome, i) => `${i},"a fox, red",${outcome},a.png,b.png,,,,sd15,7,1>0,1500,red`)].join(
        '\n',
      ),
    );
    expect(rows.map((row) => 'record' in row && row.record.outcome)).toEqual([
      { kind: 'winner', index: 1 },
      { kind: 'tie' },
      { kind: 'bothBad' },
      { kind: 'skip' },
      { kind: 'ranking', order: [1, 0] },
      { kind: 'shares', p: [0.25, 0.75] },
      { kind: 'scores', by: { s: [5, 4.5] } },
    ]);
    expect(rows[0]).toMatchObject({
      where: `${at('outcomes.csv')}:2`,
      record: {
        id: '0',
        prompt: 'a fox, red',
        candidates: [
          { media: 'a.png', model: 'sd15' },
          { media: 'b.png', seed: 7 },
        ],
        shown: [1, 0],
        milliseconds: 1500,
      },
    });
  });

  it('refuses each bad row for its reason, and goes on', async () => {
    const rows = await rowsOf(
      'bad.csv',
      [
        '\ufeffprompt,outcome,media_0,media_1',
        'x,3,a.png,b.png',
        'x,left,a.png,b.png',
        'x,0|,a.png,b.png',
        'x,0,a.png,../../etc/hostname',
        'x,0,a.png,/etc/hostname',
        'x,0,a.png,none.png',
        ',0,a.png,b.png',
        'x,0,a.png',
        'x,0,a.png,b.png,more',
        'x "y",0,a.png,b.png',
        '"two\nlines",0,a.png,b.png',
        `${'x'.repeat(17 * 2 ** 20)},0,a.png,b.png`,
        'x,0,https://example.org/a.png,b.png',
        '"never closed,0,a.png,b.png',
      ].join('\n'),
    );
    expect(rows.map((row) => ('problem' in row ? row.problem : row.record.prompt))).toEqual([
      'bad-outcome',
      'bad-outcome',
      'bad-outcome',
      'outside-folder',
      'outside-folder',
      'missing-file',
      'bad-caption',
      'bad-record',
      'bad-row',
      'bad-row',
      'two\nlines',
      'bad-row',
      'x',
      'bad-row',
    ]);
    expect(rows[10]).toMatchObject({ record: { id: 'bad.csv:9' } });
  });

  it('refuses a file of columns without end at once', async () => {
    const names = Array.from({ length: 100_000 }, (_, i) => `c${i}`).join(',');
    const { user: before } = process.cpuUsage();
    await expect(rowsOf('wide.csv', `${names}\n`)).rejects.toThrow('100000 columns; the limit is 10000');
    expect((process.cpuUsage().user - before) / 1e6).toBeLessThan(6); // to compare each with each took 8 s
  });

  it('refuses a file with a column twice', async () => {
    await expect(rowsOf('twice.csv', 'prompt,media_0,media_1,outcome,outcome\n')).rejects.toThrow(
      /"outcome" is there twice/,
    );
  });
});
