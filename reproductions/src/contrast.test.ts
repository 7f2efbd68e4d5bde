import { expect, it } from 'vitest';
import { contrast } from './contrast.js';
import { verdictOf } from './report-study.js';

const samples = Array.from({ length: 40 }, (_, i) => ({ prompt: `p${i >> 1}` }));
const always = samples.map(() => 1);
const never = samples.map(() => 0);
const half = samples.map((_, i) => (i & 1 ? 2 : 0));

it('counts wins over all training seeds, and the share of each', () => {
  const found = contrast(samples, [always, half], [never, always]);
  expect(found).toMatchObject({ wins: 60, losses: 20, ties: 0, duels: 80, prompts: 20, rate: 0.75, bySeed: [1, 0.5] });
});

it('compares every training seed with the one base', () =>
  expect(contrast(samples, [always, always, half], [never])).toMatchObject({
    duels: 120,
    ties: 20,
    bySeed: [1, 1, 0.75],
  }));

it('says whether a claim is found again by the judge that decides', () => {
  const claim = (paper: 'wins' | 'alike', of: number[]) =>
    verdictOf({ of: 'a', against: 'b', paper, byJudge: { judge: contrast(samples, [of], [never]) } }, 'judge');
  expect([
    claim('wins', always),
    claim('wins', never),
    claim(
      'wins',
      always.map(() => -1),
    ),
  ]).toEqual(['found again', 'not decided', 'found the other way round']);
  expect([claim('alike', never), claim('alike', always)]).toEqual(['no difference found', 'found otherwise: it wins']);
});
