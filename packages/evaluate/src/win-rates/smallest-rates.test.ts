import { describe, expect, it } from 'vitest';
import { smallestShare } from '../choices-needed.js';
import { uniformNumbers } from '../uniform.test-support.js';
import { conclude } from './conclusion.js';
import { smallestRates } from './smallest-rates.js';
import { type Duel, winRate } from './win-rate.js';

describe('the least win rate that a design decides', () => {
  it('is none with five prompts, whose sign test cannot be below 0.05, and is one with six', () => {
    for (const prompts of [1, 4, 5]) expect(smallestRates(prompts, 8)).toEqual({ independent: null, alike: null });
    expect(smallestRates(6, 1).alike).toBeGreaterThan(0.95);
  });

  it('is never below that of the interval alone, and near it for many prompts', () => {
    for (const [prompts, seeds] of [
      [20, 2],
      [78, 4],
      [400, 1],
    ] as const) {
      const { independent, alike } = smallestRates(prompts, seeds);
      expect(independent).toBeGreaterThanOrEqual(smallestShare(prompts * seeds) ?? 1);
      expect(alike).toBeGreaterThanOrEqual(independent ?? 1);
      expect(alike).toBeLessThan((smallestShare(prompts) ?? 1) + 0.03);
    }
  });

  it('is decided about four times in five by the rule itself', () => {
    const random = uniformNumbers(7);
    const [prompts, seeds] = [30, 2];
    const rate = smallestRates(prompts, seeds).independent ?? 1;
    const isDecided = (): boolean => {
      const duels = Array.from(
        { length: prompts * seeds },
        (_, i): Duel => ({ prompt: `${i % prompts}`, margin: random() < rate ? 1 : -1 }),
      );
      const found = winRate(duels, random, { resamples: 200 });
      return conclude(found, found.signTest, { objections: [], unknown: [] }).kind === 'improvement';
    };
    const share = Array.from({ length: 150 }, isDecided).filter(Boolean).length / 150;
    expect(share).toBeGreaterThan(0.68);
    expect(share).toBeLessThan(0.95);
  });
});
