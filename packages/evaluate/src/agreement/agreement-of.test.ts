import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { agreementOf, agreementOfPairs } from './agreement-of.js';
import { comparison, winner } from './comparison.test-support.js';
import { verdictsOf } from './verdicts.js';

const tie = { kind: 'tie' } as const;

/** Four prompts, three raters: anna and ben agree on three of four, carla ties two and skips one. */
const three = [
  ...[winner(0), winner(0), winner(1), winner(1)].map((outcome, i) =>
    comparison('ab', outcome, { rater: 'anna', prompt: `${i}` }),
  ),
  // Ben saw the candidates in the other order: his 1 is anna's 0.
  ...[winner(1), winner(1), winner(0), winner(1)].map((outcome, i) =>
    comparison('ba', outcome, { rater: 'ben', prompt: `${i}` }),
  ),
  ...[winner(0), tie, tie, { kind: 'skip' } as const].map((outcome, i) =>
    comparison('ab', outcome, { rater: 'carla', prompt: `${i}` }),
  ),
];

describe('the agreement of raters', () => {
  it('is about candidates, not about sides, and counts a tie as a verdict of its own', () => {
    const pairs = agreementOfPairs(three);
    expect(pairs.map(({ raters, count, total }) => [...raters, count, total])).toEqual([
      ['anna', 'ben', 3, 4],
      ['anna', 'carla', 1, 3],
      ['ben', 'carla', 1, 3],
    ]);
  });

  it('is beyond chance in α: units aaa, aa–, bb– and ab give 1 − 10 · 6 / 72', () => {
    // Disagreeing ordered pairs over m − 1: 0 + 4/2 + 4/2 + 2/1 = 6. Counts a 6, b 3, tie 2 of 11: 121 − 36 − 9 − 4 = 72.
    const { alpha } = agreementOf(three);
    expect(alpha).toMatchObject({ units: 4, ratings: 11 });
    expect(alpha.alpha).toBeCloseTo(1 - (10 * 6) / 72, 12);
  });

  it('is nothing where raters toss coins over pictures of which no two tasks share one', () => {
    const tossed = Array.from({ length: 400 }, (_, i) =>
      ['anna', 'ben'].map((rater, r) => {
        const record = comparison('ab', winner(((i >> r) ^ (i >> (r + 3))) & 1), { rater, prompt: `${i}` });
        return { ...record, candidates: record.candidates.map((of) => ({ ...of, media: `${of.media}-${i}` })) };
      }),
    ).flat();
    const { alpha, raters } = agreementOf(tossed);
    expect(raters[0]?.withOthers.share).toBeCloseTo(0.5, 1);
    expect(Math.abs(alpha.alpha ?? 1)).toBeLessThan(0.1);
  });

  it('holds each rater against the most frequent verdict of the others, where they have one', () => {
    const { raters } = agreementOf(three);
    // Anna: carla and ben agree on prompt 0 alone; on 3 ben is alone. Carla: anna and ben agree on 0, 1 and 2.
    expect(
      raters.map(({ rater, verdicts, withOthers }) => [rater, verdicts, withOthers.count, withOthers.total]),
    ).toEqual([
      ['anna', 4, 1, 2],
      ['ben', 4, 1, 2],
      ['carla', 3, 1, 3],
    ]);
    expect(raters[2]?.withOthers.share).toBeCloseTo(1 / 3, 12);
    expect(raters[2]?.withOthers.interval.high).toBeGreaterThan(1 / 3);
  });

  it('tells from repeats how consistent a rater is, and counts the first verdict between raters', () => {
    const { raters, alpha } = agreementOf([
      comparison('ab', winner(0), { rater: 'anna' }),
      comparison('ba', winner(1), { rater: 'anna' }),
      comparison('ab', winner(1), { rater: 'anna' }),
      comparison('ab', winner(0), { rater: 'ben' }),
      comparison('ab', winner(1), { rater: 'ben', prompt: 'another' }),
    ]);
    expect(raters[0]?.withSelf).toMatchObject({ count: 1, total: 2, share: 0.5 });
    expect(raters[0]?.withOthers).toMatchObject({ count: 1, total: 1 });
    expect(raters[1]?.withSelf).toMatchObject({ total: 0, share: null, interval: { low: 0, high: 1 } });
    expect(alpha).toMatchObject({ alpha: null, reason: 'all ratings are the same' });
  });

  it('keeps questions and sets of candidates apart', () => {
    expect(
      agreementOfPairs([
        comparison('ab', winner(0), { rater: 'anna' }),
        comparison('ab', winner(0), { rater: 'ben', question: 'text' }),
        comparison('ac', winner(0), { rater: 'ben' }),
      ]),
    ).toEqual([]);
  });

  it('takes one of four as one verdict, not as three', () =>
    expect(verdictsOf([comparison('abcd', winner(2))])).toMatchObject([{ verdict: 'winner:c', rater: null }]));

  it('reduces a task that anyone ranked to pairs', () => {
    const pairs = agreementOfPairs([
      comparison('abc', { kind: 'ranking', order: [0, 1, 2] }, { rater: 'anna' }),
      comparison('cba', { kind: 'ranking', order: [1, 2, 0] }, { rater: 'ben' }), // b, a, c
      comparison('abc', winner(1), { rater: 'carla' }), // b over a, b over c
    ]);
    expect(pairs.map(({ raters, count, total }) => [...raters, count, total])).toEqual([
      ['anna', 'ben', 2, 3],
      ['anna', 'carla', 1, 2],
      ['ben', 'carla', 2, 2],
    ]);
  });

  it('does not change when candidates are shuffled within each comparison', () => {
    const judged = fc.record({
      rater: fc.constantFrom('anna', 'ben', 'carla'),
      prompt: fc.constantFrom('1', '2', '3'),
      best: fc.constantFrom('a', 'b', 'c'),
      order: fc.shuffledSubarray(['a', 'b', 'c'], { minLength: 3 }),
    });
    fc.assert(
      fc.property(fc.array(judged), (given) => {
        const record = ({ rater, prompt, best }: (typeof given)[number], order: string[]) =>
          comparison(order.join(''), winner(order.indexOf(best)), { rater, prompt });
        expect(agreementOf(given.map((one) => record(one, one.order)))).toEqual(
          agreementOf(given.map((one) => record(one, ['a', 'b', 'c']))),
        );
      }),
    );
  });
});
