import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { trainingPairs } from './pairs.js';
import { rankByRewards, trainingRanking } from './rankings.js';
import type { Comparison, Outcome } from './record.js';

const comparison = (outcome: Outcome, k = 4): Comparison => ({
  id: '1',
  prompt: 'a fox',
  candidates: Array.from({ length: k }, (_, i) => ({ media: `${i}` })),
  outcome,
  question: 'overall',
});
const ranking = (outcome: Outcome, k?: number, scorer?: string) => {
  const found = trainingRanking(comparison(outcome, k), scorer === undefined ? {} : { scorer });
  return found && { order: found.candidates.map(({ media }) => Number(media)), phi: found.phi };
};
/** Five rewards of four pictures; the third gives two of them the same. */
const rewards = [
  [0.28, 0.25, 0.3, 0.27],
  [5, 6, 9, 4],
  [21, 22, 22, 20],
  [0.7, 0.8, 0.9, 0.6],
  [0.1, 0.5, 0.4, -0.2],
];

describe('a ranking by several rewards', () => {
  it('is the one worked out by hand: a tie gives no point', () => {
    const { order, phi } = rankByRewards(rewards);
    expect(order).toEqual([2, 1, 0, 3]);
    expect(phi).toEqual([6 / 15, 9 / 15, 13 / 15, 1 / 15]);
  });

  it('puts candidates of equal φ in the order of their mean z-score, then of their index', () => {
    expect(
      rankByRewards([
        [1, 2, 0],
        [5, 1, 0],
      ]).order,
    ).toEqual([0, 1, 2]);
    expect(
      rankByRewards([
        [1, 5, 0],
        [3, 2, 0],
      ]).order,
    ).toEqual([1, 0, 2]);
    expect(rankByRewards([[1, 2, 2, 1]]).order).toEqual([1, 2, 0, 3]);
  });

  const matrix = fc.tuple(fc.integer({ min: 2, max: 8 }), fc.integer({ min: 1, max: 5 })).chain(([k, n]) =>
    fc.array(fc.array(fc.integer({ min: 0, max: 6 }), { minLength: k, maxLength: k }), {
      minLength: n,
      maxLength: n,
    }),
  );

  it('does not depend on how a reward is scaled, and moves with the candidates', () =>
    fc.assert(
      fc.property(matrix, fc.integer({ min: 1, max: 1000 }), (rows, scale) => {
        const { phi } = rankByRewards(rows);
        expect(rankByRewards(rows.map((row) => row.map((score) => score * scale - 3))).phi).toEqual(phi);
        expect(rankByRewards(rows.map((row) => row.toReversed())).phi).toEqual(phi.toReversed());
      }),
    ));

  it('has φ between 0 and 1, never rising from best to worst, and ½ on average where nothing is tied', () =>
    fc.assert(
      fc.property(matrix, (rows) => {
        const { order, phi } = rankByRewards(rows);
        const sorted = order.map((i) => phi[i] as number);
        expect(sorted).toEqual(phi.toSorted((a, b) => b - a));
        expect(new Set(order).size).toBe(phi.length);
        const mean = phi.reduce((a, b) => a + b, 0) / phi.length;
        expect(mean).toBeLessThanOrEqual(0.5 + 1e-12);
        if (rows.every((row) => new Set(row).size === row.length)) expect(mean).toBeCloseTo(0.5, 9);
        for (const p of phi) expect(p >= 0 && p <= 1).toBe(true);
      }),
    ));

  it('refuses rewards that are not of the same candidates', () => {
    expect(() => rankByRewards([[1, 2], [1]])).toThrow('in every reward, found 2, 1');
    expect(() => rankByRewards([])).toThrow('found no reward');
  });
});

describe('the ranking of a record', () => {
  it('is that of all its scorers together, or of the one that is named', () => {
    const by = Object.fromEntries(rewards.map((row, i) => [`scorer ${i}`, row]));
    expect(ranking({ kind: 'scores', by })).toEqual({ order: [2, 1, 0, 3], phi: [13 / 15, 9 / 15, 6 / 15, 1 / 15] });
    expect(ranking({ kind: 'scores', by }, 4, 'scorer 4')?.order).toEqual([1, 2, 0, 3]);
    expect(() => ranking({ kind: 'scores', by }, 4, 'pick')).toThrow('no scores by pick');
  });

  it('falls by equal steps where only the order is known', () =>
    expect(ranking({ kind: 'ranking', order: [2, 0, 3, 1] })).toEqual({
      order: [2, 0, 3, 1],
      phi: [1, 2 / 3, 1 / 3, 0],
    }));

  it('of a winner sets it over all others, which are equal', () =>
    expect(ranking({ kind: 'winner', index: 2 }, 3)).toEqual({ order: [2, 0, 1], phi: [1, 0, 0] }));

  it('of shares is the mean chance to be chosen over another', () => {
    expect(ranking({ kind: 'shares', p: [0.25, 0.75] }, 2)).toEqual({ order: [1, 0], phi: [0.75, 0.25] });
    expect(ranking({ kind: 'shares', p: [0.5, 0.5, 0] }, 3)?.phi).toEqual([0.75, 0.75, 0]);
  });

  it('is nothing where no candidate is set over another', () => {
    const outcomes: Outcome[] = [
      { kind: 'tie' },
      { kind: 'skip' },
      { kind: 'bothBad' },
      { kind: 'scores', by: { pick: [1, 1, 1, 1] } },
    ];
    for (const outcome of outcomes) expect(ranking(outcome)).toBeNull();
  });

  it('of two candidates is their pair', () =>
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 8 }), (eighths) => {
        fc.pre(eighths !== 4);
        const record = comparison({ kind: 'shares', p: [eighths / 8, 1 - eighths / 8] }, 2);
        expect([trainingRanking(record)]).toEqual(trainingPairs(record));
      }),
    ));
});
