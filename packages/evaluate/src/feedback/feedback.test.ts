import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide } from './decide.js';
import { combinationNames, combinations, spreadMeter } from './ensemble.js';
import { labelMeter } from './label-report.js';

const spreadsOf = (rewards: number[][]) => {
  const meter = spreadMeter(rewards.length);
  meter.see(rewards);
  return meter.spreads();
};

describe('an ensemble of scorers', () => {
  it('adds rewards that are standardised over the set, by weight', () => {
    const rewards = [
      [1, 3],
      [10, 0],
    ];
    expect(spreadsOf(rewards)).toEqual([
      { mean: 2, deviation: 1 },
      { mean: 5, deviation: 5 },
    ]);
    expect(combinations.sum.combine(rewards, [3, 1], spreadsOf(rewards))).toEqual([-0.5, 0.5]);
  });

  it('averages ranks, where a tie is half a win', () => {
    const rewards = [
      [5, 5, 1],
      [0, 100, 7],
    ];
    expect(combinations.rank.combine(rewards, [1, 1])).toEqual([0.375, 0.875, 0.25]);
  });

  it("votes as Syn-Pic's worked example", () => {
    const rewards = [
      [0.28, 0.25, 0.3, 0.27],
      [5, 6, 9, 4],
      [21, 22, 22, 20],
      [0.7, 0.8, 0.9, 0.6],
      [0.1, 0.5, 0.4, -0.2],
    ];
    expect(combinations.vote.combine(rewards)).toEqual([6 / 15, 9 / 15, 13 / 15, 1 / 15]);
  });

  it('finds the spread of numbers far from 0', () => {
    const meter = spreadMeter(1);
    for (let i = 0; i < 1000; i++) meter.see([[1e9 + (i % 2)]]);
    expect(meter.spreads()[0]?.deviation).toBeCloseTo(0.5, 9);
  });

  it('does not listen to a scorer that says the same of all', () => {
    const rewards = [
      [2, 2, 2],
      [0.1, 0.3, 0.2],
    ];
    for (const name of combinationNames)
      expect(
        decide(combinations[name].combine(rewards, [1, 1], spreadsOf(rewards)), {
          outcome: 'ranking',
          margin: 0,
          ties: 'tie',
        }),
      ).toEqual({
        kind: 'ranking',
        order: [1, 2, 0],
      });
  });

  it('of one scorer ranks as it does, whatever its scale', () =>
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: -1000, max: 1000 }), { minLength: 2, maxLength: 6 }), (row) => {
        const order = row.map((_, i) => i).toSorted((a, b) => (row[b] as number) - (row[a] as number));
        for (const name of combinationNames) {
          const values = combinations[name].combine([row], [2], spreadsOf([row]));
          expect(decide(values, { outcome: 'ranking', margin: 0, ties: 'tie' })).toEqual({ kind: 'ranking', order });
        }
      }),
    ));
});

describe('a decision', () => {
  it.each([
    ['winner', 'tie', 0, { kind: 'winner', index: 2 }],
    ['winner', 'tie', 0.1, { kind: 'shares', p: [0, 0.5, 0.5] }],
    ['winner', 'tie', 1, { kind: 'tie' }],
    ['winner', 'stored', 0.1, { kind: 'winner', index: 1 }],
    ['winner', 'drop', 0.1, null],
    ['ranking', 'tie', 0.1, { kind: 'ranking', order: [2, 1, 0] }],
    ['ranking', 'tie', 1, { kind: 'tie' }],
    ['ranking', 'stored', 1, { kind: 'ranking', order: [0, 1, 2] }],
  ] as const)('is a %s, where what is near %s, within %d', (outcome, ties, margin, expected) => {
    expect(decide([0, 0.9, 0.95], { outcome, ties, margin })).toEqual(expected);
  });

  it('of equal values is a tie without a margin', () => {
    expect(decide([1, 1], { outcome: 'winner', margin: 0, ties: 'tie' })).toEqual({ kind: 'tie' });
    expect(decide([1, 1], { outcome: 'winner', margin: 0, ties: 'stored' })).toEqual({ kind: 'winner', index: 0 });
  });
});

it('reports outcomes, what stood first, and how far scorers agree', () => {
  const meter = labelMeter(['a', 'b']);
  const record = (index: number, rewards: number[][]) =>
    meter.see(
      {
        ...{ id: `${index}`, prompt: 'x', question: 'overall' },
        candidates: [{ media: 'm' }, { media: 'n' }],
        outcome: index < 0 ? { kind: 'tie' } : { kind: 'winner', index },
      },
      rewards,
    );
  record(0, [
    [1, 0],
    [2, 1],
  ]);
  record(0, [
    [1, 0],
    [1, 2],
  ]);
  record(1, [
    [0, 1],
    [0, 1],
  ]);
  meter.see(null, [
    [1, 0],
    [1, 0],
  ]);
  record(-1, [
    [0, 0],
    [0, 0],
  ]);
  const { labelled, outcomes, firstWins, alpha, together, pairs } = meter.report();
  expect({ labelled, outcomes, pairs }).toEqual({ labelled: 4, outcomes: { winner: 3, tie: 1 }, pairs: 5 });
  expect(firstWins).toMatchObject([{ k: 2, count: 2, total: 3 }]);
  expect(together).toMatchObject([{ scorers: ['a', 'b'], count: 4, total: 5 }]);
  expect(alpha?.alpha).toBeGreaterThan(0.5);
});
