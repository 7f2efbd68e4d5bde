import { comparisonSchema } from '@bradley/preferences';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { outcomeOf, shuffled } from './answer.js';

const all = { allowTie: true, allowBothBad: true, allowSkip: true };
const none = { allowTie: false, allowBothBad: false, allowSkip: false };
const order = fc.integer({ min: 2, max: 8 }).chain((n) => {
  const indices = Array.from({ length: n }, (_, index) => index);
  return fc.shuffledSubarray(indices, { minLength: n });
});

describe('an answer', () => {
  it('names the candidate that stood where the rater pointed', () =>
    fc.assert(
      fc.property(order, fc.nat(9), (shown, position) => {
        const outcome = outcomeOf({ kind: 'winner', position }, shown, none);
        if (position < shown.length) expect(outcome).toEqual({ kind: 'winner', index: shown[position] });
        else expect(outcome).toContain(`no position ${position}`);
      }),
    ));

  it('ranks candidates as their positions were ranked, and is a record', () =>
    fc.assert(
      fc.property(order, fc.infiniteStream(fc.nat()), (shown, numbers) => {
        const positions = shuffled(shown.length, (below) => (numbers.next().value as number) % below);
        const outcome = outcomeOf({ kind: 'ranking', positions }, shown, none);
        expect(outcome).toEqual({ kind: 'ranking', order: positions.map((position) => shown[position]) });
        const candidates = shown.map((index) => ({ media: `${index}` }));
        expect(comparisonSchema.safeParse({ id: 'a', prompt: 'p', candidates, outcome, shown }).success).toBe(true);
      }),
    ));

  it('is refused where a ranking leaves one out, names one twice, or one that is not there', () => {
    for (const positions of [
      [0, 1],
      [0, 0, 1],
      [0, 1, 3],
      [0, 1, 2, 2],
    ])
      expect(outcomeOf({ kind: 'ranking', positions }, [2, 0, 1], all)).toContain('is not an order of the 3 positions');
  });

  it('may be a tie, both bad or a skip where the project allows it', () => {
    for (const kind of ['tie', 'bothBad', 'skip'] as const) {
      expect(outcomeOf({ kind }, [0, 1], all)).toEqual({ kind });
      expect(outcomeOf({ kind }, [0, 1], none)).toContain(kind);
    }
  });
});

describe('an order on screen', () => {
  it('has each of its permutations equally often', () => {
    const counts = new Map<string, number>();
    for (let a = 0; a < 3; a++)
      for (let b = 0; b < 2; b++) {
        const draws = [a, b];
        const key = shuffled(3, () => draws.shift() ?? 0).join('');
        counts.set(key, (counts.get(key) ?? 0) + 1);
      }
    expect([...counts.values()]).toEqual([1, 1, 1, 1, 1, 1]);
  });
});
