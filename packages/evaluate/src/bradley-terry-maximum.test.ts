import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bradleyTerryMaximum } from './bradley-terry-maximum.js';
import { uniformNumbers } from './uniform.test-support.js';

/** n × n numbers of wins of a tournament whose strengths have this spread, everybody against everybody. */
function tournament(n: number, spread: number, games: number, seed: number): Float64Array {
  const random = uniformNumbers(seed);
  const strengths = Array.from({ length: n }, () => spread * (random() - 0.5));
  const wins = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < i; j++)
      for (let game = 0; game < games; game++) {
        const won = random() < 1 / (1 + Math.exp((strengths[j] ?? 0) - (strengths[i] ?? 0)));
        const cell = won ? i * n + j : j * n + i;
        wins[cell] = (wins[cell] ?? 0) + 1;
      }
  return wins;
}

/**
 * The same maximum found another way: as the logistic regression of every cell on the difference of two indicators, by Newton steps
 * whose equations are solved by elimination with pivots, the first contestant at 0.
 */
function logisticRegression(wins: Float64Array, n: number): number[] {
  const cells = [...wins].flatMap((weight, cell) =>
    weight > 0 ? [{ i: Math.floor(cell / n), j: cell % n, weight }] : [],
  );
  let beta: number[] = Array(n).fill(0);
  for (let round = 0; round < 500; round++) {
    const equations = Array.from({ length: n - 1 }, () => Array<number>(n).fill(0));
    for (const { i, j, weight } of cells) {
      const miss = 1 / (1 + Math.exp((beta[i] as number) - (beta[j] as number)));
      for (const [row, sign] of [
        [i, 1],
        [j, -1],
      ] as const) {
        const equation = equations[row - 1];
        if (!equation) continue;
        equation[n - 1] = (equation[n - 1] as number) + sign * weight * miss;
        for (const [column, other] of [
          [i, 1],
          [j, -1],
        ] as const)
          if (column > 0)
            equation[column - 1] = (equation[column - 1] as number) + sign * other * weight * miss * (1 - miss);
      }
    }
    const step = [0, ...eliminate(equations)];
    const most = Math.max(...step.map(Math.abs));
    beta = beta.map((value, i) => value + Math.min(1, 0.5 / most) * (step[i] as number));
    if (most < 1e-12) break;
  }
  const mean = beta.reduce((x, y) => x + y) / n;
  return beta.map((value) => value - mean);
}

function eliminate(rows: number[][]): number[] {
  const size = rows.length;
  for (let c = 0; c < size; c++) {
    const best = rows.slice(c).reduce((a, b) => (Math.abs(b[c] as number) > Math.abs(a[c] as number) ? b : a));
    const at = rows.indexOf(best);
    [rows[c], rows[at]] = [best, rows[c] as number[]];
    for (const row of rows) {
      if (row === best) continue;
      const factor = (row[c] as number) / (best[c] as number);
      for (let k = c; k <= size; k++) row[k] = (row[k] as number) - factor * (best[k] as number);
    }
  }
  return rows.map((row, c) => (row[size] as number) / (row[c] as number));
}

function furthest(a: ArrayLike<number>, b: readonly number[]): number {
  expect(a.length).toBe(b.length);
  return Math.max(...b.map((value, i) => Math.abs(value - (a[i] as number))));
}

describe('the maximum of the Bradley–Terry likelihood', () => {
  it('is that of an independent solver within 1e-6, on random tournaments', () =>
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 12 }), fc.integer({ min: 1, max: 30 }), fc.nat(), (n, games, seed) => {
        const wins = tournament(n, 4, games, seed).map((won, cell) => (cell % (n + 1) === 0 ? 0 : won + 0.5));
        expect(furthest(bradleyTerryMaximum(wins, new Float64Array(n)), logisticRegression(wins, n))).toBeLessThan(
          1e-6,
        );
      }),
      { numRuns: 60 },
    ));

  it('is that of an independent solver within 1e-6, on nearly separable ones and with a tiny prior', () =>
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 8 }),
        fc.constantFrom(0.5, 1e-2, 1e-4),
        fc.integer({ min: 1, max: 5000 }),
        fc.nat(),
        (n, prior, games, seed) => {
          const wins = tournament(n, 60, 1, seed).map((won, cell) => (cell % (n + 1) === 0 ? 0 : games * won + prior));
          expect(furthest(bradleyTerryMaximum(wins, new Float64Array(n)), logisticRegression(wins, n))).toBeLessThan(
            1e-6,
          );
        },
      ),
      { numRuns: 60 },
    ));

  it('is that of 40-digit arithmetic where two groups hang together by one upset', () => {
    // biome-ignore format: a row a contestant
    const wins = Float64Array.of(
      0, 400, 900, 2000, 0,
      3, 0, 700, 0, 10,
      0, 0, 0, 55, 0,
      0, 0, 50, 0, 100_000,
      1, 0, 0, 1, 0,
    );
    // mpmath 1.3, Newton steps until none moved by 1e-30
    const expected = [9.83018824389143, 5.21786081284364, -1.37066595770832, -1.42880734234979, -12.2485757566769];
    expect(furthest(bradleyTerryMaximum(wins, new Float64Array(5)), expected)).toBeLessThan(1e-9);
  });

  it('does not depend on where it begins', () => {
    const wins = tournament(6, 6, 20, 3).map((won, cell) => (cell % 7 === 0 ? 0 : won + 0.5));
    const far = Float64Array.of(20, -20, 5, 0, -9, 4);
    expect(furthest(bradleyTerryMaximum(wins, far), [...bradleyTerryMaximum(wins, new Float64Array(6))])).toBeLessThan(
      1e-8,
    );
  });

  it('is refused where one group never lost to the rest', () => {
    const wins = Float64Array.of(0, 3, 2, 1, 0, 5, 0, 0, 0); // the third lost to both and beat nobody
    expect(() => bradleyTerryMaximum(wins, new Float64Array(3))).toThrow(/no maximum.*prior/);
  });
});
