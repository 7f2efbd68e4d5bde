import { promptKey } from '@bradley/preferences';
import { describe, expect, it } from 'vitest';
import { uniformNumbers } from '../uniform.test-support.js';
import { chunkedMean } from './chunked-mean.js';
import { cosineDistance, diversityOf, meanPairwise, pixelDistance } from './diversity.js';
import { driftOf } from './drift.js';
import { type Case, type EvaluatedJudge, type EvaluationInput, evaluateContestants } from './evaluation.js';

const cases: Case[] = Array.from({ length: 80 }, (_, p) =>
  [0, 1].map((seed) => ({ prompt: `p${p}`, category: p % 2 ? 'odd' : 'even', seed })),
).flat();
const judge = (name: string, raters: string[] = []): EvaluatedJudge => ({
  name,
  kind: 'scorer',
  raters: [`scorer:${name}`],
  learntFrom: { raters, prompts: [] },
});
/** Scores of a contestant that gains so much over noise of width 1. */
const scores = (gain: number, seed: number) => {
  const random = uniformNumbers(seed);
  return Float64Array.from(cases, () => gain + random());
};
const trained = { raters: ['scorer:teacher'], prompts: [promptKey('something else')] };
const input: EvaluationInput = {
  contestants: [
    { name: 'base', origin: null },
    { name: 'better', origin: trained },
    { name: 'same', origin: trained },
  ],
  cases,
  evidence: [
    { judge: judge('heldOut'), scores: [scores(0, 1), scores(0.4, 2), scores(0, 3)] },
    { judge: judge('teacher'), scores: [scores(0, 4), scores(0.9, 5), scores(0, 6)] },
  ],
  distances: {
    measure: 'test',
    of: [0.5, 0.3, 0.5].map((d) => Array.from({ length: 80 }, (_, i) => d + (i % 5) / 100)),
  },
  chunk: 80,
};

describe('an evaluation', () => {
  const found = evaluateContestants(input);

  it('says of each contestant and judge what its rate bears', () => {
    const kinds = found.judges.map(({ comparisons }) => comparisons.map(({ conclusion }) => conclusion.kind));
    expect(kinds).toEqual([
      ['improvement', 'not decided'],
      ['refused', 'not decided'],
    ]);
    expect(found.judges.map(({ primary }) => primary)).toEqual([true, false]);
    const [better] = found.judges[0]?.comparisons ?? [];
    expect(better?.winRate).toMatchObject({ duels: 160, prompts: 80 });
    expect(better?.byCategory.map(({ category, duels }) => [category, duels])).toEqual([
      ['even', 80],
      ['odd', 80],
    ]);
  });

  it('is the same again: its bootstraps draw from fixed streams', () =>
    expect(JSON.stringify(evaluateContestants(input))).toBe(JSON.stringify(found)));

  it('ranks the contestants among each other', () =>
    expect(found.judges[1]?.leaderboard[0]).toMatchObject({ name: 'better', losses: expect.any(Number) }));

  it('sees the teacher and the held-out judge drift apart, and diversity fall', () => {
    expect(found.drifts).toMatchObject([
      { contestant: 'better', teacher: 'teacher', heldOutJudge: 'heldOut', level: 'alarm' },
      { contestant: 'same', level: 'none' },
    ]);
    expect(found.diversity?.of.map(({ ofBase }) => ofBase && Number(ofBase.ratio.toFixed(2)))).toEqual([null, 0.62, 1]);
  });

  it('says what it could detect before it judges', () => {
    expect(found.design).toMatchObject({ prompts: 80, seeds: 2, duels: 160 });
    const { independent, alike } = found.design.smallest;
    expect(independent).toBeCloseTo(0.61, 1);
    expect(alike).toBeGreaterThan(independent ?? 1);
  });

  it('needs somebody to compare with', () =>
    expect(() => evaluateContestants({ ...input, contestants: input.contestants.slice(0, 1) })).toThrow(
      /at least one/,
    ));
});

describe('drift', () => {
  const of = (margins: (i: number) => number) =>
    Array.from({ length: 100 }, (_, i) => ({ prompt: `p${i}`, margin: margins(i) }));
  const random = uniformNumbers(1);
  const level = (taught: (i: number) => number, heldOut: (i: number) => number, low = 0.6) =>
    driftOf(of(taught), of(heldOut), { heldOutInterval: { low, high: 0.9 }, diversity: null, random }).level;
  const always = () => 1;
  const mostly = (i: number) => (i % 4 ? 1 : -1);

  it('is none where both see the same, a watch where the teacher sees more, an alarm where the other sees nothing', () => {
    expect(level(mostly, mostly)).toBe('none');
    expect(level(always, mostly)).toBe('watch');
    expect(level(always, (i) => (i % 2 ? 1 : -1), 0.4)).toBe('alarm');
    expect(
      level(
        () => -1,
        () => -1,
        0,
      ),
    ).toBe('none');
  });

  it('is unclear where few prompts leave room for a drift, and not where the teacher sees no gain', () => {
    const levelOf = (count: number, taught: (i: number) => number) =>
      driftOf(of(taught).slice(0, count), of(mostly).slice(0, count), {
        heldOutInterval: { low: 0.3, high: 0.9 },
        diversity: null,
        random,
      }).level;
    const alike = (i: number) => (i % 5 ? mostly(i) : -mostly(i));
    expect(levelOf(12, alike)).toBe('unclear');
    expect(levelOf(100, alike)).toBe('none');
    expect(levelOf(12, () => -1)).toBe('none');
  });

  it('compares the same duels', () =>
    expect(() =>
      driftOf(of(always), of(always).slice(1), { heldOutInterval: { low: 0, high: 1 }, diversity: null, random }),
    ).toThrow(/same duels/));
});

it('means in chunks are those of the HPS v2 benchmark', () => {
  const scores = Array.from({ length: 800 }, (_, i) => (Math.floor(i / 80) % 2 ? 0.3 : 0.26));
  const { mean, deviation, chunks } = chunkedMean(scores, 80);
  expect([mean, deviation]).toEqual([expect.closeTo(0.28, 10), expect.closeTo(0.02, 10)]);
  expect(chunks).toBe(10);
  expect(chunkedMean([1, 2, 6], 2)).toMatchObject({ mean: 3.75, chunks: 2, pictures: 3 });
});

describe('diversity', () => {
  it('is the mean over every two', () => {
    expect(meanPairwise([0, 1, 3], (a, b) => Math.abs(a - b))).toBe(2);
    expect(() => meanPairwise([1], () => 0)).toThrow(/two pictures/);
  });

  it('is measured between unit vectors, or between pixels', () => {
    expect(cosineDistance(Float32Array.of(1, 0), Float32Array.of(0.6, 0.8))).toBeCloseTo(0.4, 6);
    expect(pixelDistance(Float32Array.of(-1, 1), Float32Array.of(1, -1))).toBe(1);
    expect(pixelDistance(Float32Array.of(0.7, 0.9), Float32Array.of(0.7, 0.9))).toBe(0);
  });

  it('has no ratio to a base that draws the same picture for every seed', () =>
    expect(diversityOf([1, 2], [0, 0], uniformNumbers(1))).toEqual({ mean: 1.5, ofBase: null }));
});
