import type { Comparison, Outcome } from '@bradley/preferences';
import { describe, expect, it } from 'vitest';
import { uniformNumbers } from '../uniform.test-support.js';
import { leaderboard } from './leaderboard.js';
import { matchesOf } from './matches.js';

const of = (models: readonly (string | undefined)[], outcome: Outcome, prompt = 'a fox'): Comparison => ({
  id: 'c',
  prompt,
  question: 'overall',
  candidates: models.map((model, i) => ({ media: `${i}`, ...(model === undefined ? {} : { model }) })),
  outcome,
});

describe('the matches of a comparison', () => {
  it('are of the winner with each other, of every two in a ranking or a tie, and by votes', () => {
    const pairs = (outcome: Outcome) => {
      const found = matchesOf(of(['x', 'y', 'z'], outcome));
      return typeof found === 'string' ? found : found.matches.map(({ a, b, outcome }) => `${a}${b} ${outcome}`);
    };
    expect(pairs({ kind: 'winner', index: 1 })).toEqual(['xy b', 'yz a']);
    expect(pairs({ kind: 'ranking', order: [2, 0, 1] })).toEqual(['xy a', 'xz b', 'yz b']);
    expect(pairs({ kind: 'tie' })).toEqual(['xy tie', 'xz tie', 'yz tie']);
    expect(pairs({ kind: 'shares', p: [0.5, 0.25, 0.25] })).toEqual(['xy a', 'xz a', 'yz tie']);
    expect(pairs({ kind: 'bothBad' })).toBe('bothBad');
  });

  it('tell an adapter from its base', () => {
    const comparison = of(['x', 'x'], { kind: 'winner', index: 1 });
    expect(matchesOf(comparison)).toBe('same contestant');
    const adapted = {
      ...comparison,
      candidates: comparison.candidates.map((one, i) => (i ? { ...one, adapter: 'mine' } : one)),
    };
    expect(matchesOf(adapted)).toMatchObject({ matches: [{ a: 'x', b: 'x + mine', outcome: 'b' }] });
  });
});

describe('the leaderboard', () => {
  it('says what it left out', () => {
    const board = leaderboard(
      [
        of(['x', 'y'], { kind: 'winner', index: 0 }),
        of(['x', 'y'], { kind: 'tie' }, ' a  fox'),
        of(['x', 'y'], { kind: 'skip' }),
        of(['x', 'y'], { kind: 'bothBad' }),
        of(['x', undefined], { kind: 'winner', index: 0 }),
        of(['x', 'x'], { kind: 'winner', index: 0 }),
      ],
      uniformNumbers(1),
    );
    expect(board).toMatchObject({
      comparisons: 2,
      prompts: 1,
      standings: [{ name: 'x', wins: 1, ties: 1 }, { name: 'y' }],
    });
    expect(board.leftOut).toEqual({ skip: 1, bothBad: 1, scores: 0, unnamed: 1, 'same contestant': 1 });
  });

  it('is not surer of who won every match, or of one prompt, than the matches are many', () => {
    const width = (matches: number, prompts: number) => {
      const won = Array.from({ length: matches }, (_, i) =>
        of(['x', 'y'], { kind: 'winner', index: 0 }, `${i % prompts}`),
      );
      const [{ interval, strength } = { interval: { low: 0, high: 0 }, strength: 0 }] = leaderboard(
        won,
        uniformNumbers(1),
      ).standings;
      expect(interval.low).toBeLessThan(strength);
      return interval.high - interval.low;
    };
    expect(width(23, 23)).toBeGreaterThan(0.5);
    expect(width(5, 5)).toBeGreaterThan(width(23, 23));
    expect(width(23, 1)).toBeCloseTo(width(23, 23));
  });

  it('is of strengths among each other: on their level no match says anything', () => {
    const met = Array.from({ length: 600 }, (_, i) => {
      const pair = [
        ['x', 'y'],
        ['y', 'z'],
        ['z', 'x'],
      ][i % 3] as [string, string];
      return of(pair, { kind: 'winner', index: Math.floor(i / 3) % 2 }, `${i}`);
    });
    for (const { interval } of leaderboard(met, uniformNumbers(1)).standings)
      expect(interval.high - interval.low).toBeLessThan(0.6); // as wide as 3.5 with the prior's word on their mean
  });

  it('is empty without comparisons', () =>
    expect(leaderboard([], uniformNumbers(1))).toMatchObject({ standings: [], comparisons: 0, prompts: 0 }));

  it('takes 100,000 comparisons of 20 models, 500 resamples included, and covers the strengths they came from', () => {
    const random = uniformNumbers(7);
    const strength = (i: number) => (i - 9.5) / 6;
    const given = Array.from({ length: 100_000 }, (_, i) => {
      const a = Math.floor(random() * 20);
      const b = (a + 1 + Math.floor(random() * 19)) % 20;
      const index = random() < 1 / (1 + Math.exp(strength(b) - strength(a))) ? 0 : 1;
      return of([`m${a}`, `m${b}`], { kind: 'winner', index }, `prompt ${i % 2000}`);
    });
    const { user: before } = process.cpuUsage();
    const { standings, prompts } = leaderboard(given, random);
    // 0.4 s where this was written; the allowance is for slower machines.
    expect((process.cpuUsage().user - before) / 1e6).toBeLessThan(20);
    expect(prompts).toBe(2000);
    const covered = standings.filter(({ name, interval }) => {
      const actual = strength(Number(name.slice(1)));
      return interval.low <= actual && actual <= interval.high;
    });
    expect(covered.length).toBeGreaterThanOrEqual(16); // 19 expected; fewer than 16 has probability 0.003
    expect(standings[0]?.name).toBe('m19');
  });
});
