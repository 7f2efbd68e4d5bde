import { powerOfChoices } from '@bradley/evaluate';
import type { JudgedPair } from '@bradley/preferences';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planVerdict } from './plan-verdict.js';
import { verdictResult } from './verdict-result.js';

function judged(chosen: 'before' | 'after' | 'tie', i: number, round = 1): JudgedPair {
  const afterFirst = i % 2 === 0;
  const [before, after] = [
    { media: 'b', model: 'base' },
    { media: 'a', model: 'base', adapter: 'run' },
  ];
  const candidates = afterFirst ? [after, before] : [before, after];
  const index = (chosen === 'after') === afterFirst ? 0 : 1;
  const outcome = chosen === 'tie' ? ({ kind: 'tie' } as const) : ({ kind: 'winner', index } as const);
  const plan = { prompt: 'cat', seed: i, trained: i % 2 === 0, afterFirst };
  return { ...plan, round, taskId: `${round}/${i}`, candidates, outcome };
}

const times = (n: number, chosen: 'before' | 'after' | 'tie', round = 1) =>
  Array.from({ length: n }, (_, i) => judged(chosen, i, round));

const verdict = (after: number, before: number, ties = 0, later: JudgedPair[] = []) =>
  verdictResult(
    [...times(after, 'after'), ...times(before, 'before'), ...times(ties, 'tie'), ...later],
    (media) => `/m/${media}`,
  );

describe('a verdict', () => {
  it('is decided where the interval excludes one half, either way, and says so', () => {
    expect(verdict(16, 3, 1)).toMatchObject({ after: { count: 16, total: 19 }, undecided: 1, decided: true });
    expect(verdict(16, 3, 1).says).toMatch(/^You prefer the trained model\. .*16 of 19.*84 %.*62 % to 94 %.*1 more/);
    expect(verdict(3, 16).says).toMatch(/made it worse/);
  });

  it('says how many choices would tell where these do not, or that none would', () => {
    expect(verdict(14, 6)).toMatchObject({ decided: false, needed: 48 });
    expect(verdict(14, 6).says).toMatch(/too few to tell.*48 in all/);
    expect(verdict(10, 10)).toMatchObject({ decided: false, needed: null });
    expect(verdict(0, 0, 20).says).toMatch(/neither in any of 20/);
  });

  it('does not count in what was added after it was seen', () => {
    const more = verdict(14, 6, 0, times(10, 'after', 2));
    expect(more).toMatchObject({ after: { count: 14, total: 20 }, decided: false });
    expect(more.later).toMatchObject([{ after: { count: 10, total: 10 }, undecided: 0 }]);
    expect(more.says).toMatch(/not counted in/);
  });

  it('shows each pair with its sides told apart and what was chosen', () => {
    expect(verdict(1, 1).pictures).toMatchObject([
      { before: '/m/b', after: '/m/a', chosen: 'after' },
      { before: '/m/b', after: '/m/a', chosen: 'before' },
    ]);
  });

  it('of twenty choices finds a true share of four fifths four times in five', () =>
    expect(powerOfChoices(20, 0.8)).toBeGreaterThan(0.8));
});

describe('the plan of a verdict', () => {
  const prompts = (kind: string, n: number) => Array.from({ length: n }, (_, i) => `${kind} ${i}`);
  const some = fc.integer({ min: 1, max: 40 });

  it('has half trained prompts, seeds of their own, and repeats no prompt before it must', () =>
    fc.assert(
      fc.property(fc.integer({ min: 10, max: 60 }), some, some, (count, trained, unseen) => {
        const plan = planVerdict({ count, trained: prompts('old', trained), unseen: prompts('new', unseen) });
        expect(plan).toHaveLength(count);
        expect(plan.filter((pair) => pair.trained)).toHaveLength(Math.floor(count / 2));
        expect(new Set(plan.map(({ seed }) => seed)).size).toBe(count);
        for (const { prompt, trained: old } of plan)
          expect(plan.filter((pair) => pair.prompt === prompt).length).toBeLessThanOrEqual(
            Math.ceil(Math.ceil(count / 2) / (old ? trained : unseen)),
          );
      }),
    ));

  it('puts the trained picture first by a fair coin', () => {
    const plan = planVerdict({ count: 2000, trained: ['a'], unseen: ['b'] });
    const first = plan.filter(({ afterFirst }) => afterFirst).length;
    expect(Math.abs(first - 1000)).toBeLessThan(150); // 6.7 standard deviations
  });

  it('takes what there is where one kind is missing', () => {
    expect(planVerdict({ count: 10, trained: [], unseen: ['b'] }).every(({ trained }) => !trained)).toBe(true);
    expect(() => planVerdict({ count: 10, trained: [], unseen: [] })).toThrow('there are none');
  });
});
