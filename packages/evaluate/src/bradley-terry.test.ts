import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bradleyTerry, bradleyTerryIntervals, type Match } from './bradley-terry.js';

const names = ['a', 'b', 'c', 'd'];
const matches = fc.array(
  fc
    .record({
      a: fc.constantFrom(...names),
      b: fc.constantFrom(...names),
      outcome: fc.constantFrom('a' as const, 'b' as const, 'tie' as const),
    })
    .filter(({ a, b }) => a !== b),
  { minLength: 1, maxLength: 40 },
);

describe('Bradley–Terry', () => {
  it('gives ln(7/3) between two who met ten times, 7 to 3', () => {
    const played: Match[] = Array.from({ length: 10 }, (_, i) => ({ a: 'x', b: 'y', outcome: i < 7 ? 'a' : 'b' }));
    const [best, worst] = bradleyTerry(played, { prior: 0 });
    expect(best).toMatchObject({ name: 'x', wins: 7, losses: 3, ties: 0 });
    expect((best?.strength ?? 0) - (worst?.strength ?? 0)).toBeCloseTo(Math.log(7 / 3), 7);
  });

  it('counts a tie as half a win for each', () => {
    const tied: Match[] = [
      { a: 'x', b: 'y', outcome: 'tie' },
      { a: 'x', b: 'y', outcome: 'a' },
    ];
    const [best, worst] = bradleyTerry(tied, { prior: 0 });
    expect((best?.strength ?? 0) - (worst?.strength ?? 0)).toBeCloseTo(Math.log(1.5 / 0.5), 7);
  });

  it('is at the maximum: everyone wins as often as the strengths expect', () =>
    fc.assert(
      fc.property(matches, (played) => {
        const standings = bradleyTerry(played, { prior: 0.5 });
        for (const i of standings) {
          const won = i.wins + i.ties / 2 + 0.5 * (standings.length - 1);
          const expected = standings
            .filter((j) => j !== i)
            .map((j) => {
              const met = played.filter(({ a, b }) => [a, b].includes(i.name) && [a, b].includes(j.name)).length + 1;
              return met / (1 + Math.exp(j.strength - i.strength));
            });
          expect(expected.reduce((x, y) => x + y, 0)).toBeCloseTo(won, 5);
        }
      }),
    ));

  it('puts the bootstrap interval around the strength of a clear winner', () => {
    const clusters: Match[][] = Array.from({ length: 60 }, (_, i) => [{ a: 'x', b: 'y', outcome: i % 4 ? 'a' : 'b' }]);
    let state = 1;
    const random = () => {
      state = (state * 48271) % 2147483647; // Park and Miller's generator
      return state / 2147483647;
    };
    const [best] = bradleyTerryIntervals(clusters, random);
    expect(best?.name).toBe('x');
    expect(best?.interval.low).toBeGreaterThan(0);
    expect(best?.interval.low).toBeLessThan(best?.strength ?? 0);
    expect(best?.interval.high).toBeGreaterThan(best?.strength ?? 0);
  });

  it('says so when there is no maximum', () =>
    expect(() => bradleyTerry([{ a: 'x', b: 'y', outcome: 'a' }], { prior: 0 })).toThrow(/prior/));
});
