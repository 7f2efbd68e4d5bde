import { expect, it } from 'vitest';
import { mcnemarTest, signTest } from './exact-tests.js';

it('gives the sign test of 8 wins to 2: 2 · (1 + 10 + 45) / 1024', () => {
  expect(signTest({ wins: 8, losses: 2 })).toBeCloseTo(112 / 1024, 12);
  expect(signTest({ wins: 2, losses: 8 })).toBeCloseTo(112 / 1024, 12);
});

it('gives 1 for an even split, and where nothing was decided', () => {
  expect(signTest({ wins: 5, losses: 5 })).toBe(1);
  expect(signTest({ wins: 0, losses: 0 })).toBe(1);
});

it('stays exact for large counts: 550 to 450 is p = 0.00173', () => {
  // 2 · Σ_{k ≤ 450} C(1000, k) / 2¹⁰⁰⁰, summed in whole numbers.
  let choose = 1n;
  let sum = 0n;
  for (let k = 0n; k <= 450n; k++) {
    sum += choose;
    choose = (choose * (1000n - k)) / (k + 1n);
  }
  const exact = Number((sum * 2n * 10n ** 15n) >> 1000n) / 1e15;
  expect(signTest({ wins: 550, losses: 450 })).toBeCloseTo(exact, 10);
  expect(exact).toBeCloseTo(0.00173, 5);
});

it('gives the exact McNemar test of 9 mended and 1 spoiled: 2 · (1 + 10) / 1024', () =>
  expect(mcnemarTest({ onlyBefore: 1, onlyAfter: 9 })).toBeCloseTo(22 / 1024, 12));

it('refuses half counts: ties are left out, not split', () =>
  expect(() => signTest({ wins: 2.5, losses: 1 })).toThrow(/whole counts/));
