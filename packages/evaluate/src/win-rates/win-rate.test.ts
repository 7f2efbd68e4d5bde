import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { uniformNumbers } from '../uniform.test-support.js';
import { byCategory, type Duel, winRate } from './win-rate.js';

const duels = fc.array(
  fc.record({ prompt: fc.constantFrom('a', 'b', 'c', 'd'), margin: fc.constantFrom(-2, -0.5, 0, 0.25, 3) }),
  { minLength: 1, maxLength: 30 },
);

describe('a win rate', () => {
  it('counts ties apart, and as a half in the rate', () => {
    const found = winRate(
      [0.5, 1, 2, 0, -1].map((margin, i) => ({ prompt: `p${i}`, margin })),
      uniformNumbers(1),
    );
    expect(found).toMatchObject({
      wins: 3,
      ties: 1,
      losses: 1,
      duels: 5,
      prompts: 5,
      rate: 0.7,
      margin: { mean: 0.5 },
    });
    expect(found.signTest).toBeCloseTo(2 * (5 / 16), 12); // 3 of 4 that are decided
  });

  it('of the two against each other adds up to 1, and the margins are opposite', () =>
    fc.assert(
      fc.property(duels, (list) => {
        const there = winRate(list, uniformNumbers(1), { resamples: 50 });
        const back = winRate(
          list.map((duel) => ({ ...duel, margin: -duel.margin })),
          uniformNumbers(1),
          { resamples: 50 },
        );
        expect(there.rate + back.rate).toBeCloseTo(1, 12);
        expect(there.signTest).toBeCloseTo(back.signTest, 12);
        expect(there.margin.mean).toBeCloseTo(-back.margin.mean, 12);
        expect(there.wilson.low).toBeCloseTo(1 - back.wilson.high, 12);
      }),
      { numRuns: 50 },
    ));

  it('has intervals around it', () =>
    fc.assert(
      fc.property(duels, (list) => {
        const { rate, wilson, bootstrap, interval } = winRate(list, uniformNumbers(2), { resamples: 200 });
        expect(wilson.low).toBeLessThanOrEqual(rate);
        expect(wilson.high).toBeGreaterThanOrEqual(rate);
        expect(interval).toEqual({
          low: Math.min(wilson.low, bootstrap.low),
          high: Math.max(wilson.high, bootstrap.high),
        });
      }),
      { numRuns: 50 },
    ));

  it('covers the truth in about 95 % of repetitions, though the seeds of a prompt agree', () => {
    const random = uniformNumbers(5);
    let [covered, byWilson] = [0, 0];
    const repetitions = 300;
    for (let repetition = 0; repetition < repetitions; repetition++) {
      const list: Duel[] = Array.from({ length: 60 }, (_, p) => {
        const lean = random() < 0.6 ? 0.95 : 0.05; // of this prompt; the truth over prompts is 0.59
        return [0, 1, 2, 3].map(() => ({ prompt: `p${p}`, margin: random() < lean ? 1 : -1 }));
      }).flat();
      const { interval, wilson } = winRate(list, random, { resamples: 200 });
      if (interval.low <= 0.59 && 0.59 <= interval.high) covered++;
      if (wilson.low <= 0.59 && 0.59 <= wilson.high) byWilson++;
    }
    expect(covered / repetitions).toBeGreaterThan(0.91);
    expect(byWilson / repetitions).toBeLessThan(0.8); // Wilson alone takes 240 duels for independent
  });

  it('of one prompt is no evidence, however many its seeds', () => {
    const seeds = Array.from({ length: 200 }, () => ({ prompt: 'a', margin: 1 }));
    expect(winRate(seeds, uniformNumbers(1)).signTest).toBe(1);
  });

  it('refuses nothing, and what is no number', () => {
    expect(() => winRate([], uniformNumbers(1))).toThrow(/at least one duel/);
    expect(() => winRate([{ prompt: 'a', margin: Number.NaN }], uniformNumbers(1))).toThrow(/"a" is not a number/);
  });
});

it('categories partition the duels that have one', () => {
  const list: Duel[] = ['x', 'y', 'x', undefined].map((category, i) => ({
    prompt: `p${i}`,
    margin: i,
    ...(category ? { category } : {}),
  }));
  expect([...byCategory(list)].map(([category, of]) => [category, of.map(({ margin }) => margin)])).toEqual([
    ['x', [0, 2]],
    ['y', [1]],
  ]);
});
