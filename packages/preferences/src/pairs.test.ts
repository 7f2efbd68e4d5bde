import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PairOptions, trainingPairs } from './pairs.js';
import type { Comparison, Outcome } from './record.js';

const comparison = (outcome: Outcome, n = 3): Comparison => ({
  id: '1',
  prompt: 'a fox',
  candidates: Array.from({ length: n }, (_, i) => ({ media: `${i}` })),
  outcome,
  question: 'overall',
});
const pairs = (outcome: Outcome, options?: PairOptions, n?: number) =>
  trainingPairs(comparison(outcome, n), options).map(
    ({ candidates: [chosen, rejected], phi }) => `${chosen?.media}>${rejected?.media} ${phi[0]}`,
  );

describe('the pairs of a record', () => {
  it('sets a winner over each other candidate, and says nothing of those', () =>
    expect(pairs({ kind: 'winner', index: 1 })).toEqual(['1>0 1', '1>2 1']));

  it('takes every ordered pair of a ranking, or the best with each', () => {
    expect(pairs({ kind: 'ranking', order: [2, 0, 1] })).toEqual(['2>0 1', '2>1 1', '0>1 1']);
    expect(pairs({ kind: 'ranking', order: [2, 0, 1] }, { rankings: 'best-vs-rest' })).toEqual(['2>0 1', '2>1 1']);
  });

  it('takes a tie as one half', () => expect(pairs({ kind: 'tie' }, {}, 2)).toEqual(['0>1 0.5']));

  it('takes none where both were bad or nobody chose', () => {
    expect(pairs({ kind: 'bothBad' })).toEqual([]);
    expect(pairs({ kind: 'skip' })).toEqual([]);
  });

  it('takes shares as Luce choice probabilities, the larger share chosen', () => {
    expect(pairs({ kind: 'shares', p: [0.25, 0.75] }, {}, 2)).toEqual(['1>0 0.75']);
    expect(pairs({ kind: 'shares', p: [0.5, 0.3, 0.2] })).toEqual(['0>1 0.625', `0>2 ${0.5 / 0.7}`, '1>2 0.6']);
    expect(pairs({ kind: 'shares', p: [1, 0, 0] })).toEqual(['0>1 1', '0>2 1']);
  });

  it('orders scores, takes equal ones as a tie, and asks which of several scorers decides', () => {
    expect(pairs({ kind: 'scores', by: { pick: [1, 3, 1] } })).toEqual(['1>0 1', '1>2 1', '0>2 0.5']);
    const two: Outcome = { kind: 'scores', by: { pick: [1, 2, 3], hps: [3, 2, 1] } };
    expect(pairs(two, { scorer: 'hps' })[0]).toBe('0>1 1');
    expect(() => pairs(two)).toThrow(/scored by pick, hps/);
    expect(() => pairs(two, { scorer: 'toString' })).toThrow(/no scores by toString/);
  });

  it('never prefers the less likely, nor pairs a candidate with itself', () =>
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 2, maxLength: 6 }), (votes) => {
        const total = votes.reduce((a, b) => a + b, 0);
        fc.pre(total > 0);
        const found = trainingPairs(comparison({ kind: 'shares', p: votes.map((v) => v / total) }, votes.length));
        for (const { candidates, phi } of found) {
          expect(phi[0]).toBeGreaterThanOrEqual(0.5);
          expect(phi[0]).toBeLessThanOrEqual(1);
          expect((phi[0] as number) + (phi[1] as number)).toBe(1);
          expect(candidates).toHaveLength(2);
          expect(candidates[0]).not.toBe(candidates[1]);
        }
      }),
    ));
});
