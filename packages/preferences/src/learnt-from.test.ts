import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  joinLearntFrom,
  joinRaters,
  type LearntFrom,
  learntFrom,
  learntFromSchema,
  promptKey,
  splitRaters,
} from './learnt-from.js';
import { calledAs, raterMarks, scorerRater } from './scorer-rater.js';
import { type Teacher, teachersOf } from './teachers.js';

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

it('knows a scorer that another tool has named by its name alone', () => {
  expect(raterMarks('scorer:gpt-4.1')).toEqual(['scorer:gpt-4.1']);
  expect(calledAs('scorer:gpt-4.1')).toBe('scorer:gpt-4.1');
  expect(raterMarks('scorer:a@b@00ff.77')).toEqual(['00ff', '77']);
  expect(calledAs('scorer:a@b@00ff.77')).toBe('scorer:a@b');
});

it('tells scorers apart whatever they are called', () =>
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: fc.constantFrom(' ', '+', '@', 'a', 'é', ':') }), { minLength: 1 }),
      (names) => {
        const raters = names.map((name, i) =>
          scorerRater({ name, identity: (16 + i).toString(16).padEnd(64, 'f'), weights: null }),
        );
        expect(splitRaters(joinRaters(raters))).toEqual([...new Set(raters)].sort());
      },
    ),
  ));

it('keeps what the scorers behind the comparisons had learnt from, at any remove, and of no other', () => {
  const teacher = (rater: string, ...raters: string[]): Teacher => ({ rater, raters, prompts: [promptKey(rater)] });
  const known = [teacher('scorer:r@01', 'scorer:s@02'), teacher('scorer:s@02', 'anna'), teacher('scorer:q@03', 'ben')];
  const seen = learntFrom([{ prompt: 'a fox', rater: 'scorer:r@01' }], known);
  expect(seen.raters).toEqual(['scorer:r@01']);
  expect(seen.teachers).toEqual([teacher('scorer:r@01', 'scorer:s@02'), teacher('scorer:s@02', 'anna')]);
  expect(learntFromSchema.parse(seen)).toEqual(seen);
  expect(learntFrom([{ prompt: 'a fox', rater: 'anna' }], known)).not.toHaveProperty('teachers');
  const round = [teacher('scorer:a@01', 'scorer:b@02'), teacher('scorer:b@02', 'scorer:a@01')];
  expect(learntFrom([{ prompt: 'a fox', rater: 'scorer:a@01' }], round).teachers).toEqual(round);
  const other = learntFrom([{ prompt: 'a hen', rater: 'scorer:q@03' }], known);
  expect(joinLearntFrom(seen, other).teachers?.map(({ rater }) => rater)).toEqual([
    'scorer:q@03',
    'scorer:r@01',
    'scorer:s@02',
  ]);
});

it('takes scorers for teachers with what they say, and leaves out one that does not say', () => {
  const scorer = (name: string, learntFrom: LearntFrom | null) => ({
    name,
    identity: '0'.repeat(64),
    weights: null,
    learntFrom,
  });
  const rater = 'scorer:reward@0000000000000000';
  const s = { rater: 'scorer:s@02', raters: ['anna'], prompts: [] };
  const taught = { raters: ['scorer:s@02'], prompts: [promptKey('a fox')], teachers: [s] };
  expect(teachersOf([scorer('reward', taught), scorer('clip', null)])).toEqual([
    { rater, raters: taught.raters, prompts: taught.prompts },
    s,
  ]);
});

it('of one thing after another is what both were', () => {
  const [first, second] = [{ prompt: 'a fox', rater: 'anna' }, { prompt: 'a boat' }];
  expect(joinLearntFrom(learntFrom([second]), learntFrom([first, second]))).toEqual(learntFrom([first, second]));
  expect(joinLearntFrom(learntFrom([first]), learntFrom([second]))).toEqual(learntFrom([first, second]));
});
