import { describe, expect, it } from 'vitest';
import { comparison, winner } from './comparison.test-support.js';
import { knownAnswers } from './known-answers.js';
import { positionBias } from './position-bias.js';
import { raterSpeed } from './rater-speed.js';

describe('position bias', () => {
  const first = comparison('ab', winner(1), { shown: [1, 0], rater: 'anna' });
  const second = comparison('ab', winner(1), { shown: [0, 1], rater: 'anna' });

  it('is the share of wins of what stood first, with the sign test: 8 of 10 is p = 112/1024', () => {
    const { overall, raters } = positionBias([...Array(8).fill(first), second, second]);
    expect(overall).toMatchObject([{ k: 2, count: 8, total: 10, share: 0.8 }]);
    expect(overall[0]?.p).toBeCloseTo(112 / 1024, 12);
    expect(overall[0]?.interval.low).toBeCloseTo(0.490162, 5); // Wilson
    expect(raters).toEqual([{ rater: 'anna', ...overall[0] }]);
  });

  it('holds k candidates against 1/k: 7 of 20 firsts among four is p = 0.3055', () => {
    const ranked = (best: number) =>
      comparison(
        'abcd',
        { kind: 'ranking', order: [best, ...[0, 1, 2, 3].filter((i) => i !== best)] },
        { shown: [3, 0, 1, 2] },
      );
    const { overall } = positionBias([...Array(7).fill(ranked(3)), ...Array(13).fill(ranked(0))]);
    expect(overall).toMatchObject([{ k: 4, count: 7, total: 20 }]);
    expect(overall[0]?.p).toBeCloseTo(0.30547848486367, 10); // scipy 1.17 binomtest(7, 20, 0.25)
  });

  it('leaves ties out, and says how many cannot tell', () =>
    expect(positionBias([comparison('ab', { kind: 'tie' }, { shown: [0, 1] }), comparison('ab', winner(0))])).toEqual({
      overall: [],
      raters: [],
      withoutOrder: 1,
    }));
});

describe('the speed of raters', () => {
  it('has quartiles and the share below the threshold, for each and for all', () => {
    const timed = [400, 1000, 2000, 3000, 9000].map((milliseconds) =>
      comparison('ab', winner(0), { milliseconds, rater: 'anna' }),
    );
    const { overall, raters } = raterSpeed(
      [...timed, comparison('ab', winner(0), { rater: 'ben' }), comparison('ab', winner(0), { milliseconds: 100 })],
      { tooFastBelow: 500 },
    );
    expect(raters).toMatchObject([
      {
        rater: 'anna',
        timed: 5,
        lowerQuartile: 1000,
        median: 2000,
        upperQuartile: 3000,
        tooFast: { count: 1, total: 5 },
      },
      { rater: null, timed: 1, median: 100, tooFast: { count: 1, total: 1 } },
    ]);
    expect(overall).toMatchObject({ timed: 6, median: 1500, tooFast: { count: 2, total: 6 } });
  });

  it('is null without a timed answer', () =>
    expect(raterSpeed([comparison('ab', winner(0))], { tooFastBelow: 500 })).toEqual({ overall: null, raters: [] }));
});

describe('known answers', () => {
  it('give the share right of each rater, skips and other questions aside', () => {
    const gold = { prompt: 'gold', rater: 'anna' };
    const given = [
      comparison('ab', winner(1), gold),
      comparison('ab', { kind: 'tie' }, gold),
      comparison('ab', { kind: 'skip' }, gold),
      comparison('ab', winner(0), { rater: 'anna' }),
      comparison('ab', { kind: 'ranking', order: [1, 0] }, { prompt: 'gold', rater: 'ben' }),
    ];
    const rightAnswer = ({ prompt }: { prompt: string }) => (prompt === 'gold' ? 1 : undefined);
    expect(knownAnswers(given, rightAnswer)).toMatchObject([
      { rater: 'anna', right: { count: 1, total: 2, share: 0.5 }, skipped: 1 },
      { rater: 'ben', right: { count: 1, total: 1 }, skipped: 0 },
    ]);
  });

  it('can be that none is better', () =>
    expect(knownAnswers([comparison('aa', { kind: 'tie' })], () => 'tie')[0]?.right).toMatchObject({
      count: 1,
      total: 1,
    }));
});
