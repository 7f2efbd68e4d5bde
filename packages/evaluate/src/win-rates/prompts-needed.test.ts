import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { signTest } from '../exact-tests.js';
import { uniformNumbers } from '../uniform.test-support.js';
import { conclude, neededText } from './conclusion.js';
import { promptsNeeded, signTestPower } from './prompts-needed.js';
import { winRate } from './win-rate.js';

const fine = { objections: [], unknown: [] };
/** So many prompts of one seed; the rest is tied. */
const of = (won: number, lost: number, tied = 0, seed = 1) =>
  winRate(
    Array.from({ length: won + lost + tied }, (_, i) => ({
      prompt: `p${i}`,
      margin: i < won ? 1 : i < won + lost ? -1 : 0,
    })),
    uniformNumbers(seed),
    { resamples: 300 },
  );

it('the power of the sign test is the probability of the counts that it rejects', () =>
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60 }), fc.double({ min: 0, max: 1, noNaN: true }), (n, share) => {
      const binomial = (k: number): number => {
        let value = 1;
        for (let i = 1; i <= k; i++) value *= (n - k + i) / i;
        return value * share ** k * (1 - share) ** (n - k);
      };
      let power = 0;
      for (let k = 0; k <= n; k++) if (signTest({ wins: k, losses: n - k }) < 0.05) power += binomial(k);
      expect(signTestPower(n, share, 0.05)).toBeCloseTo(power, 9);
    }),
  ));

describe('the prompts that would decide what was not', () => {
  it('are what four of five evaluations of that rate need, and more where prompts are tied', () => {
    for (const [won, lost, tied] of [
      [33, 22, 0],
      [30, 15, 30],
    ] as const) {
      const all = won + lost + tied;
      const needed = promptsNeeded(of(won, lost, tied), 0.05);
      if (needed === 'unknown') throw new Error('it is known');
      const random = uniformNumbers(7);
      const draw = (seed: number) => {
        const counts = { won: 0, lost: 0, tied: 0 };
        for (let i = 0; i < needed; i++) {
          const u = random() * all;
          counts[u < won ? 'won' : u < won + lost ? 'lost' : 'tied']++;
        }
        return of(counts.won, counts.lost, counts.tied, seed);
      };
      const decided = Array.from({ length: 150 }, (_, i) => draw(i)).filter(
        (rate) => conclude(rate, rate.signTest, fine).kind === 'improvement',
      ).length;
      expect(decided / 150).toBeGreaterThan(0.7);
      expect(decided / 150).toBeLessThan(0.92);
    }
  });

  it('are more than there were, also where the rule failed by a hair, and are more for several contestants', () => {
    const few = of(5, 0); // five of five have p = 0.0625
    const needed = promptsNeeded(few, 0.05);
    expect(needed).toBeGreaterThanOrEqual(6); // six of six have p = 0.03
    expect(needed).toBeLessThan(12);
    expect(promptsNeeded(few, 0.05 / 40)).toBeGreaterThan(needed as number);
    expect(conclude(few, few.signTest, fine)).toMatchObject({ kind: 'not decided', needed });
  });

  it('are not known where nothing was seen, or too little for any plan', () => {
    expect(promptsNeeded(of(20, 20), 0.05)).toBe('unknown');
    expect(promptsNeeded(of(0, 0, 9), 0.05)).toBe('unknown');
    expect(promptsNeeded(of(501, 499), 0.05)).toBe('unknown');
  });

  it('are said with what they are worth, and of nothing that is decided', () => {
    const open = of(33, 22);
    const text = neededText(conclude(open, open.signTest, fine), open.prompts);
    expect(text).toMatch(/about \d+0 prompts would decide it in four of five.*more than these: take new ones for all/);
    const even = of(20, 20);
    expect(neededText(conclude(even, 1, fine), even.prompts)).toMatch(/not even 10,000 prompts/);
    const clear = of(80, 20);
    expect(neededText(conclude(clear, clear.signTest, fine), clear.prompts)).toBeNull();
  });
});
