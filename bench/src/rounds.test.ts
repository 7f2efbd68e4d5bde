import { expect, it } from 'vitest';
import { interleave } from './rounds.js';

const side = (name: string, log: string[]) => async () => {
  log.push(name);
  return { seconds: log.length, loss: null };
};
const quick = { rounds: 3, warmup: 1, settleSeconds: 0 };

it('alternates the sides and who goes first, and drops the warm-up', async () => {
  const log: string[] = [];
  const { ours, theirs } = await interleave(side('ours', log), side('theirs', log), quick);
  expect(log.join(' ')).toBe('theirs ours ours theirs theirs ours ours theirs');
  expect(ours.map(({ seconds }) => seconds)).toEqual([3, 6, 7]);
  expect(theirs?.map(({ seconds }) => seconds)).toEqual([4, 5, 8]);
});

it('runs our side alone when there is no other', async () => {
  const log: string[] = [];
  const { ours, theirs } = await interleave(side('ours', log), null, quick);
  expect(ours).toHaveLength(3);
  expect(theirs).toBeNull();
});
