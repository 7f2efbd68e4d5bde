import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Scorer } from '@bradley/evaluate';
import { comparisonSchema, trainingPairs, trainingRanking } from '@bradley/preferences';
import { expect, it } from 'vitest';
import type { CandidateGroup } from './candidates.js';
import { dataSets, type Setting } from './data-sets.js';
import { night } from './styles.js';

const sha = (i: number): string => i.toString(16).padStart(64, '0');
const groups: CandidateGroup[] = Array.from({ length: 50 }, (_, i) => ({
  prompt: `name ${i}`,
  seed: 1000 + i,
  media: [sha(4 * i), sha(4 * i + 1), sha(4 * i + 2), sha(4 * i + 3)],
}));
const scorer = (name: string): Scorer => ({
  name,
  identity: name.padEnd(64, '0'),
  weights: null,
  readsPrompt: true,
  learntFrom: null,
  score: async () => new Float64Array(),
  release: async () => undefined,
});
const five = ['a', 'b', 'c', 'd', 'e'].map(scorer);
const setting = async (): Promise<Setting> => ({
  folder: await mkdtemp(join(tmpdir(), 'bradley-sets-')),
  groups,
  // The first of opposites is better, and the last picture the best of all.
  scoresBy: async () => groups.map(() => [2, 1, 3, 4]),
  persona: scorer('persona'),
  labeller: async () => five[0] as Scorer,
  labellers: async (count) => five.slice(0, count),
  stylePairs: async () => groups.map(({ prompt, seed, media: [styled, plain] }) => ({ prompt, seed, styled, plain })),
});
const recordsOf = async (name: string) => {
  const file = await dataSets[name]?.(await setting());
  const lines = (await readFile(file as string, 'utf8')).trim().split('\n');
  return lines.map((line) => comparisonSchema.parse(JSON.parse(line)));
};

it('asks the persona of opposites alone, and flips about one answer in ten', async () => {
  const records = await recordsOf('persona-pairs');
  const right = records.filter(
    ({ id, outcome }) => outcome.kind === 'winner' && outcome.index === (id.endsWith('-0') ? 0 : 1),
  );
  expect(records).toHaveLength(100);
  expect(right.length).toBeGreaterThan(80);
  expect(right.length).toBeLessThan(99);
});

it('never flips a scorer’s answer, and names it as the rater', async () => {
  for (const record of await recordsOf('labeller-pairs')) {
    expect(record.rater).toBe('scorer:a@a000000000000000');
    expect(trainingPairs(record)[0]?.candidates[0]?.media).toBe(
      record.candidates[record.id.endsWith('-0') ? 0 : 1]?.media,
    );
  }
});

it('makes rankings of the scores of one reward or five, and of lots', async () => {
  for (const [name, rewards] of [
    ['ranking-of-one', 1],
    ['ranking-of-five', 5],
    ['ranking-at-random', 1],
  ] as const) {
    const [record] = await recordsOf(name);
    expect(record?.outcome.kind === 'scores' && Object.keys(record.outcome.by)).toHaveLength(rewards);
  }
  const [record] = await recordsOf('ranking-of-five');
  expect(record && trainingRanking(record)?.candidates.map(({ media }) => media)).toEqual([
    sha(3),
    sha(2),
    sha(0),
    sha(1),
  ]);
});

it('turns paper black and back, up to what is cut off', () => {
  const image = { width: 2, height: 1, data: Uint8Array.of(255, 255, 255, 90, 140, 120) };
  expect([...night(image).data.subarray(0, 3)]).toEqual([0, 0, 0]);
  const back = night(night(image)).data;
  expect(Math.max(...back.map((value, i) => Math.abs(value - (image.data[i] as number))))).toBeLessThanOrEqual(1);
});
