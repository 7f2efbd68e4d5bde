import { describe, expect, it } from 'vitest';
import { recordOf, setsBesideMedia } from './read-file.test-support.js';

const { rowsOf } = setsBesideMedia();

describe("VideoAlign's CSV", () => {
  it('gives a record for each label of a row', async () => {
    const rows = await rowsOf(
      'train.csv',
      'path_A,path_B,A_model,B_model,prompt,VQ,MQ,TA,Overall,fps_A\n./a.mp4,./b.mp4,kling,pika,a fox runs,A,same,B,invalid,24\n',
    );
    expect(rows.map(recordOf)).toEqual(
      [
        { question: 'VQ', outcome: { kind: 'winner', index: 0 } },
        { question: 'MQ', outcome: { kind: 'tie' } },
        { question: 'TA', outcome: { kind: 'winner', index: 1 } },
        { question: 'overall', outcome: { kind: 'skip' } },
      ].map((own, index) => ({
        id: `train.csv:0:${['VQ', 'MQ', 'TA', 'Overall'][index]}`,
        prompt: 'a fox runs',
        candidates: [
          { media: 'a.mp4', kind: 'video', model: 'kling' },
          { media: 'b.mp4', kind: 'video', model: 'pika' },
        ],
        ...own,
      })),
    );
  });

  it('takes an empty label for none, and refuses one that it does not know', async () => {
    const rows = await rowsOf(
      'labels.csv',
      'path_A,path_B,prompt,VQ,MQ\na.mp4,b.mp4,x,,A\na.mp4,b.mp4,x,,\na.mp4,b.mp4,x,C,B\na.mp4,../b.mp4,x,A,\na.mp4,,x,A,\n',
    );
    expect(rows.map((row) => ('problem' in row ? `${row.problem}: ${row.refused}` : row.record.id))).toEqual([
      'labels.csv:0:MQ',
      'bad-outcome: no label in VQ, MQ, TA, Overall',
      'bad-outcome: VQ: expected A, B, same or invalid, found "C"',
      'labels.csv:2:MQ',
      expect.stringMatching(/^outside-folder/),
      expect.stringMatching(/^bad-record: candidates.1.media/),
    ]);
  });
});
