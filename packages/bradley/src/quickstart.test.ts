import { type EvaluatedJudge, independence } from '@bradley/evaluate';
import { type Comparison, learntFrom, openComparisons } from '@bradley/preferences';
import { expect, it } from 'vitest';
import { introduceJudges } from './evaluate/judges.js';
import { promptsOf } from './evaluate/prompts.js';
import { quickstartConfig, quickstartEvaluation } from './quickstart.js';

it('is judged on held-out prompts by whom nothing speaks against; the rule that made its comparisons would be refused', async () => {
  const source = await openComparisons(quickstartConfig('runs/never').data.path);
  const records: Comparison[] = [];
  for await (const row of source) if (!('refused' in row)) records.push(row.record);
  const pupil = learntFrom(records);
  const prompts = (await promptsOf('emoji')).prompts.map(({ prompt }) => prompt);
  const judges = / --judge (\S+) /.exec(quickstartEvaluation('runs/never'))?.[1]?.split(',') ?? [];
  const [rule, ...introduced] = await introduceJudges(['emoji-persona', ...judges], { threads: 1 });
  expect(introduced.map(({ name }) => name)).toEqual(['emoji-judge', 'emoji']);
  for (const judge of introduced) expect(independence(pupil, judge, prompts)).toEqual({ objections: [], unknown: [] });
  const [objection] = independence(pupil, rule as EvaluatedJudge, prompts).objections;
  expect(objection?.kind).toBe('judge was the teacher');
});
