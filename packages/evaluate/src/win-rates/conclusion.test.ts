import { promptKey } from '@bradley/preferences';
import { describe, expect, it } from 'vitest';
import { uniformNumbers } from '../uniform.test-support.js';
import { conclude, holm } from './conclusion.js';
import { type Independence, independence, isTeacher, type JudgeOrigin, type Origin } from './independence.js';
import { type WinRate, winRate } from './win-rate.js';

const prompts = ['a red fox', 'a house'];
const keys = (...of: string[]) => of.map(promptKey);
const free: Origin = { raters: [], prompts: [] };
const adapter: Origin = { raters: ['anna', 'scorer:clip@00ff'], prompts: keys('a boat', 'a tree') };
const judge = (learntFrom: Origin | null, rater = 'scorer:other@11'): JudgeOrigin => ({
  kind: 'scorer',
  raters: [rater],
  learntFrom,
});
const kinds = (contestant: Origin | null, by: JudgeOrigin) =>
  independence(contestant, by, prompts).objections.map(({ kind }) => kind);

describe('a judge is not independent', () => {
  it('when it made the comparisons that the contestant learnt from', () =>
    expect(kinds(adapter, judge(free, 'scorer:clip@00ff'))).toEqual(['judge was the teacher']));

  it('when it is the same under another name', () =>
    expect(kinds(adapter, judge(free, 'scorer:emoji@00ff'))).toEqual(['judge was the teacher']));

  it('when it is another scorer of the same weights', () => {
    const taught = { ...adapter, raters: ['scorer:clip@00ff.77'] };
    expect(kinds(taught, judge(free, 'scorer:pickscore@01ee.77'))).toEqual(['judge was the teacher']);
    expect(kinds(taught, judge(free, 'scorer:clip@00ff'))).toEqual(['judge was the teacher']);
    expect(kinds(taught, judge(free, 'scorer:pickscore@01ee.78'))).toEqual([]);
  });

  it('when it learnt from the same raters on the same prompts; one of the two alone is allowed', () => {
    expect(kinds(adapter, judge({ raters: ['anna'], prompts: keys('a boat') }))).toEqual(['same teacher']);
    expect(kinds(adapter, judge({ raters: ['anna'], prompts: keys('a moon') }))).toEqual([]);
    expect(kinds(adapter, judge({ raters: ['ben'], prompts: keys('a boat') }))).toEqual([]);
  });

  describe('and neither when it is tied to the contestant through those who taught them', () => {
    /** anna → the reward model r → the contestant, each on prompts of its own. */
    const r = { rater: 'scorer:r@01.aa', raters: ['anna'], prompts: keys('a boat') };
    const pupil: Origin = { raters: ['scorer:r@01.aa'], prompts: keys('a tree'), teachers: [r] };
    /** The scorer s → r → the contestant. */
    const grandchild: Origin = {
      ...pupil,
      teachers: [
        { ...r, raters: ['scorer:s@02'] },
        { ...r, rater: 'scorer:s@02' },
      ],
    };
    const of = (raters: string[], prompts: readonly string[], teachers: Origin['teachers'] = []): Origin => ({
      raters,
      prompts: keys(...prompts),
      teachers,
    });
    it.each<[string, Origin, JudgeOrigin, string[]]>([
      ['a scorer that taught the teacher', grandchild, judge(free, 'scorer:s@02'), ['judge taught the teacher']],
      [
        'the teacher itself, which says enough',
        grandchild,
        judge(of(['scorer:s@02'], []), 'scorer:r@01.aa'),
        ['judge was the teacher'],
      ],
      [
        'a pupil of the teacher, on whatever prompts',
        pupil,
        judge(of(['scorer:r@01.aa'], ['a moon'])),
        ['pupil of the same scorer'],
      ],
      [
        'a pupil of its weights under another name',
        pupil,
        judge(of(['scorer:clip@09.aa'], ['a moon'])),
        ['pupil of the same scorer'],
      ],
      [
        'a pupil of who taught the teacher',
        grandchild,
        judge(of(['scorer:s@02'], ['a moon'])),
        ['pupil of the same scorer'],
      ],
      [
        'a pupil of a pupil',
        pupil,
        judge(of(['scorer:q@03'], [], [{ ...r, rater: 'scorer:q@03', raters: ['scorer:r@01.aa'] }])),
        ['pupil of the same scorer'],
      ],
      [
        'the rule of a persona that taught the teacher',
        pupil,
        { ...judge(free), raters: ['scorer:rule@04', 'anna'] },
        ['judge taught the teacher'],
      ],
      ['what learnt from the answers that the teacher had', pupil, judge(of(['anna'], ['a boat'])), ['same teacher']],
      [
        'a pupil of what learnt from them',
        pupil,
        judge(of(['scorer:q@03'], [], [{ ...r, rater: 'scorer:q@03' }])),
        ['same teacher'],
      ],
      ['what learnt other answers of the same people', pupil, judge(of(['anna'], ['a moon'])), []],
      [
        'what learnt on the prompts that the contestant had from the teacher',
        pupil,
        judge(of(['anna'], ['a tree'])),
        [],
      ],
      ['a scorer that has nothing to do with them', grandchild, judge(of(['ben'], ['a boat'])), []],
    ])('by %s', (_, contestant, by, expected) => {
      expect(kinds(contestant, by)).toEqual(expected);
      expect(isTeacher(contestant, by)).toBe(expected.length > 0);
    });

    it('though the people who taught the teacher may judge', () =>
      expect(kinds(pupil, { kind: 'people', raters: ['anna'], learntFrom: null })).toEqual([]));

    it('which cannot be checked of scorers that do not say who taught them, or on which prompts', () => {
      const unknownOf = (contestant: Origin, learnt: Origin) =>
        independence(contestant, judge(learnt), prompts).unknown;
      expect(unknownOf(pupil, free)).toEqual([]);
      expect(unknownOf({ ...pupil, teachers: [] }, free)).toEqual(['teacher of unknown origin']);
      expect(unknownOf({ ...pupil, teachers: [{ ...r, prompts: null }] }, free)).toEqual(['teacher lists no prompts']);
      expect(unknownOf(free, of(['scorer:q@03'], []))).toEqual(['judge’s teacher of unknown origin']);
      expect(unknownOf(free, of(['scorer:q@03'], [], [{ rater: 'scorer:q@03', raters: [], prompts: null }]))).toEqual([
        'judge’s teacher lists no prompts',
      ]);
    });
  });

  it('when the prompts of the evaluation are not held out from it or from the contestant, whatever their spacing', () => {
    expect(kinds(adapter, judge({ raters: ['ben'], prompts: keys(' a  house ') }))).toEqual([
      'not held out from the judge',
    ]);
    expect(kinds({ ...adapter, prompts: keys('a red fox') }, judge(free))).toEqual([
      'not held out from the contestant',
    ]);
  });

  it('though people may judge what they taught, on other prompts', () => {
    const people: JudgeOrigin = { kind: 'people', raters: ['anna'], learntFrom: null };
    expect(independence(adapter, people, prompts)).toEqual({ objections: [], unknown: [] });
    const labelled = { ...people, raters: ['ben', 'scorer:clip@00ff'] }; // votes that a scorer cast
    expect(kinds(adapter, labelled)).toEqual(['judge was the teacher']);
  });

  it('which cannot be checked of those who do not say what they learnt from', () => {
    expect(independence(null, judge(null), prompts)).toEqual({
      objections: [],
      unknown: ['contestant of unknown origin', 'judge of unknown origin'],
    });
    expect(independence({ raters: [], prompts: null }, judge({ raters: [], prompts: null }), prompts).unknown).toEqual([
      'contestant lists no prompts',
      'judge lists no prompts',
    ]);
  });

  it('nor of those who learnt from comparisons that do not say who made them, nor by such votes', () => {
    const unnamed = { raters: ['unknown'], prompts: keys('a boat') };
    const behind: Origin = {
      raters: ['scorer:r@01'],
      prompts: [],
      teachers: [{ rater: 'scorer:r@01', ...unnamed }],
    };
    for (const one of [unnamed, behind]) {
      expect(independence(one, judge(free), prompts)).toEqual({ objections: [], unknown: ['raters without a name'] });
      expect(independence(free, judge(one), prompts)).toEqual({
        objections: [],
        unknown: ['judge’s raters without a name'],
      });
    }
    const people: JudgeOrigin = { kind: 'people', raters: ['anna'], learntFrom: null };
    expect(independence(unnamed, people, prompts).unknown).toEqual([]);
    expect(independence(free, { ...people, raters: ['unknown'] }, prompts).unknown).toEqual(['votes without a name']);
  });

  it('nor, as a whole, of what was made of something that does not say', () =>
    expect(independence({ ...free, incomplete: true }, judge(free), prompts).unknown).toEqual([
      'contestant says it in part',
    ]));

  it('nor of one that is called as the teacher, with other weights or settings', () => {
    expect(independence(adapter, judge(free, 'scorer:clip@01ee'), prompts)).toEqual({
      objections: [],
      unknown: ['teacher of unknown origin', 'judge called as a teacher'],
    });
    expect(independence(adapter, judge(free, 'scorer:anna@01ee'), prompts).unknown).toEqual([
      'teacher of unknown origin',
    ]);
  });

  it('and a teacher is who made or learnt from the same comparisons, on whatever prompts it is asked', () => {
    expect(isTeacher(adapter, judge(free, 'scorer:clip@00ff'))).toBe(true);
    expect(isTeacher(adapter, judge({ raters: ['anna'], prompts: keys('a tree') }))).toBe(true);
    expect(isTeacher(adapter, judge(free))).toBe(false);
    expect(isTeacher(null, judge(free))).toBe(false);
  });
});

describe('the conclusion', () => {
  const of = (wins: number, losses: number): WinRate =>
    winRate(
      Array.from({ length: wins + losses }, (_, i) => ({ prompt: `p${i}`, margin: i < wins ? 1 : -1 })),
      uniformNumbers(3),
    );
  const fine = { objections: [], unknown: [] };
  const bad = { objections: [{ kind: 'judge was the teacher', detail: 'scorer:clip@00ff' }], unknown: [] } as const;
  const kindOf = (rate: WinRate, checked: Parameters<typeof conclude>[2] = fine) =>
    conclude(rate, rate.signTest, checked).kind;

  it('is an improvement, worse, or not decided where the interval includes no change', () => {
    expect([of(80, 20), of(20, 80), of(52, 48)].map((rate) => kindOf(rate))).toEqual([
      'improvement',
      'worse',
      'not decided',
    ]);
  });

  it('refuses an improvement by its teacher, but not what does not flatter', () => {
    expect([of(80, 20), of(20, 80), of(52, 48)].map((rate) => kindOf(rate, bad))).toEqual([
      'refused',
      'worse',
      'not decided',
    ]);
    expect(conclude(of(80, 20), 0, bad).because).toMatch(/made the comparisons.*scorer:clip@00ff.*80\.0 % of 100/);
  });

  it('says of what is not decided that this judge may not decide it, and then of no number of prompts', () => {
    const fine = conclude(of(55, 45), 0.4, { objections: [], unknown: [] });
    expect(fine).toMatchObject({ kind: 'not decided', needed: expect.any(Number) });
    expect(conclude(of(55, 45), 0.4, bad)).toMatchObject({
      kind: 'not decided',
      because: expect.stringMatching(/includes no change.*could not call it an improvement: .*made the comparisons/),
      needed: null,
    });
    expect(conclude(of(45, 55), 0.4, bad)).toMatchObject({ because: expect.not.stringContaining('could not') });
    const seen: Independence = { objections: [{ kind: 'not held out from the judge', detail: 'fox' }], unknown: [] };
    expect(conclude(of(55, 45), 0.4, seen)).toMatchObject({
      because: expect.stringContaining('could not call it an improvement'),
      needed: fine.kind === 'not decided' && fine.needed,
    });
  });

  it('is not decided where the sign test over prompts is not, such as with one prompt', () => {
    const one = winRate(
      Array.from({ length: 99 }, () => ({ prompt: 'a', margin: 1 })),
      uniformNumbers(1),
    );
    expect(one.interval.low).toBeGreaterThan(0.9);
    expect(kindOf(one)).toBe('not decided');
  });

  it('is not decided where most duels are won but most prompts lost, however surely, or the other way round', () => {
    const split = (sign: number) =>
      winRate(
        Array.from({ length: 720 }, (_, i) => ({
          prompt: `p${i % 90}`,
          margin: sign * (i % 90 < 30 || i < 270 ? 1 : -1), // of 90 prompts 30 win 8 of 8, 60 win 3 of 8
        })),
        uniformNumbers(5),
      );
    for (const sign of [1, -1]) {
      const rate = split(sign);
      expect(rate.signTest).toBeLessThan(0.01);
      expect(sign * ((sign > 0 ? rate.interval.low : rate.interval.high) - 0.5)).toBeGreaterThan(0);
      expect(conclude(rate, rate.signTest, fine)).toMatchObject({
        kind: 'not decided',
        needed: null,
        because: expect.stringMatching(
          sign > 0 ? /more prompts are lost than won \(30 won, 60/ : /more prompts are won than lost \(60 won, 30/,
        ),
      });
    }
  });

  it('says what could not be checked', () =>
    expect(conclude(of(80, 20), 0, { objections: [], unknown: ['contestant of unknown origin'] }).unchecked).toEqual([
      'the contestant does not say what it learnt from',
    ]));
});

it('corrects p values as Holm does', () => {
  expect(holm([0.01, 0.04, 0.03, 0.005])).toEqual([0.03, 0.06, 0.06, 0.02]);
  expect(holm([0.6, 0.9])).toEqual([1, 1]);
});
