import { describe, expect, it } from 'vitest';
import type { Comparison, Outcome } from './record.js';
import { repeatFinder } from './repeats.js';

const record = (outcome: Outcome, more: Partial<Comparison> = {}): Comparison => ({
  id: '1',
  prompt: 'a fox',
  candidates: [{ media: 'a' }, { media: 'b' }],
  outcome,
  question: 'overall',
  ...more,
});
const first: Outcome = { kind: 'winner', index: 0 };

describe('repeats', () => {
  it.each<[string, Comparison, string[], string | undefined]>([
    ['the same record', record(first), ['A', 'B'], 'duplicate'],
    ['the same choice shown the other way round', record({ kind: 'winner', index: 1 }), ['B', 'A'], 'duplicate'],
    ['the other choice', record({ kind: 'winner', index: 1 }), ['A', 'B'], 'contradiction'],
    ['a tie', record({ kind: 'tie' }), ['A', 'B'], 'contradiction'],
    ['another rater', record({ kind: 'winner', index: 1 }, { rater: 'x' }), ['A', 'B'], undefined],
    ['another question', record({ kind: 'tie' }, { question: 'colour' }), ['A', 'B'], undefined],
    ['another prompt', record({ kind: 'tie' }, { prompt: 'an owl' }), ['A', 'B'], undefined],
    ['other images', record({ kind: 'tie' }), ['A', 'C'], undefined],
  ])('sees %s', (_, later, images, problem) => {
    const find = repeatFinder();
    expect(find('f:1', record(first), ['A', 'B'])).toBeUndefined();
    expect(find('f:2', later, images)).toEqual(problem && { problem, earlier: 'f:1' });
  });

  it('compares rankings, shares and scores whatever the order of the candidates', () => {
    const both = (a: Outcome, b: Outcome) => {
      const find = repeatFinder();
      find('f:1', record(a), ['A', 'B', 'C']);
      return find('f:2', record(b), ['C', 'A', 'B'])?.problem;
    };
    expect(both({ kind: 'ranking', order: [0, 1, 2] }, { kind: 'ranking', order: [1, 2, 0] })).toBe('duplicate');
    expect(both({ kind: 'shares', p: [0.5, 0.3, 0.2] }, { kind: 'shares', p: [0.2, 0.5, 0.3] })).toBe('duplicate');
    expect(both({ kind: 'scores', by: { s: [1, 2, 3] } }, { kind: 'scores', by: { s: [3, 1, 2] } })).toBe('duplicate');
    expect(both({ kind: 'ranking', order: [0, 1, 2] }, { kind: 'ranking', order: [0, 1, 2] })).toBe('contradiction');
  });
});
