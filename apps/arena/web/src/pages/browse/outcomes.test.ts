import { describe, expect, it } from 'vitest';
import { placesOf, sayOutcome } from './outcomes.js';

const of = (outcome: { kind: string } & Record<string, unknown>) => ({
  candidates: [
    { media: 'x', address: null, type: null, model: 'base' },
    { media: 'y', address: null, type: null },
  ],
  outcome,
});

describe('an outcome', () => {
  it('gives places: to the winner the first, in a ranking to all', () => {
    expect(placesOf(of({ kind: 'winner', index: 1 }))).toEqual([null, 1]);
    expect(placesOf(of({ kind: 'ranking', order: [1, 0] }))).toEqual([2, 1]);
    expect(placesOf(of({ kind: 'tie' }))).toEqual([null, null]);
  });

  it('is said with the numbers of candidates where one model made both', () => {
    const drawn = { media: 'x', address: null, type: null, model: 'emoji' };
    const both = (adapter?: string) => ({
      outcome: { kind: 'winner', index: 1 },
      candidates: [drawn, { ...drawn, ...(adapter && { adapter }) }],
    });
    expect(sayOutcome(both())).toBe('candidate 2 was chosen');
    expect(sayOutcome(both('warm'))).toBe('emoji + warm was chosen');
  });

  it('is said with the names of models, or with the numbers of candidates', () => {
    expect(sayOutcome(of({ kind: 'winner', index: 0 }))).toBe('base was chosen');
    expect(sayOutcome(of({ kind: 'ranking', order: [1, 0] }))).toBe('candidate 2 › base');
    expect(sayOutcome(of({ kind: 'shares', p: [0.25, 0.75] }))).toBe('base 25 %, candidate 2 75 %');
    expect(sayOutcome(of({ kind: 'bothBad' }))).toBe('Both bad');
  });
});
