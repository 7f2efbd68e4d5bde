import { expect, it } from 'vitest';
import { joinLearntFrom, joinRaters, learntFrom, learntFromSchema, promptKey } from './learnt-from.js';

it('names raters and prompts once, sorted, whatever order they come in', () => {
  const rows = [
    { prompt: ' a red  fox', rater: 'scorer:clip@00ff' },
    { prompt: 'a red fox', rater: 'anna' },
    { prompt: 'a blue fox' },
  ];
  const seen = learntFrom(rows);
  expect(seen).toEqual(learntFrom(rows.toReversed()));
  expect(seen.raters).toEqual(['anna', 'scorer:clip@00ff', 'unknown']);
  expect(seen.prompts).toEqual([promptKey('a red fox'), promptKey('a blue fox')].sort());
  expect(learntFromSchema.parse(seen)).toEqual(seen);
});

it('names each of several scorers that made a comparison together, and nobody for a + in a name', () => {
  const together = joinRaters(['scorer:palette@02', 'scorer:clip@01', 'scorer:palette@02']);
  expect(together).toBe('scorer:clip@01 + scorer:palette@02');
  const rows = [
    { prompt: 'a fox', rater: together },
    { prompt: 'a fox', rater: 'Ann + Bob' },
  ];
  expect(learntFrom(rows).raters).toEqual(['Ann + Bob', 'scorer:clip@01', 'scorer:palette@02']);
});

it('of one thing after another is what both were', () => {
  const [first, second] = [{ prompt: 'a fox', rater: 'anna' }, { prompt: 'a boat' }];
  expect(joinLearntFrom(learntFrom([second]), learntFrom([first, second]))).toEqual(learntFrom([first, second]));
  expect(joinLearntFrom(learntFrom([first]), learntFrom([second]))).toEqual(learntFrom([first, second]));
});
