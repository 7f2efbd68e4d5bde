import { createHash } from 'node:crypto';
import { appendFile, mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodePng } from '@bradley/formats';
import { type Comparison, openComparisons, trainingPairs, writeTeachers } from '@bradley/preferences';
import type { Proceed } from '@bradley/train';
import { expect, it } from 'vitest';
import { emojiFolder } from '../emoji/names.js';
import { carryOver, planCarryOver } from './carry-over.js';
import { openDrawer } from './drawing/open-drawer.js';
import { planPair } from './plan-pair.js';
import { promptsToStart } from './prompts-to-start.js';

/** A set in which somebody always chose the warmer look of planned pairs, or anything where he is indifferent. */
async function writeChoices(count: number, twoSeeds = false): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'choices-'));
  await mkdir(join(folder, 'media'));
  const records: Partial<Comparison>[] = [];
  for (const [seed, prompt] of promptsToStart(count, 1).entries()) {
    const [a, b] = planPair(prompt, seed).looks;
    const candidates: Comparison['candidates'] = [];
    for (const side of [0, 1]) {
      const png = await encodePng(new Uint8Array(12).fill(10 * seed + side), 2, 2);
      const media = createHash('sha256').update(png).digest('hex');
      await writeFile(join(folder, 'media', `${media}.png`), png);
      candidates.push({ media, model: 'emoji', seed: twoSeeds ? 2 * seed + side : seed });
    }
    records.push({
      id: `${seed}`,
      prompt,
      rater: 'scorer:warm@01',
      candidates,
      outcome: { kind: 'winner', index: a.warm >= b.warm ? 0 : 1 },
    });
  }
  const data = join(folder, 'comparisons.jsonl');
  await writeFile(data, records.map((record) => `${JSON.stringify(record)}\n`).join(''));
  return data;
}

const read = async (path: string): Promise<Comparison[]> =>
  (await readFile(path, 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

it('carries a taste over to other prompts, as its choices say of looks, and keeps the choices', async () => {
  const data = await writeChoices(12);
  const teachers = [{ rater: 'scorer:warm@01', raters: ['anna'], prompts: [] }];
  await writeTeachers(data, teachers);
  const source = await openComparisons(data);
  const plan = await planCarryOver(source, 6, () => []);
  expect([plan.choices.length, plan.pairs.length]).toEqual([12, 6]);
  expect(plan.preference.warm).toBeGreaterThan(0.5);
  const drawer = await openDrawer(emojiFolder, { threads: 1 });
  const told: [number, number][] = [];
  const stopAt = (stop: number): Proceed => {
    return async ({ done, computed }) => {
      told.push([done, computed]);
      return done === stop ? 'stop' : 'go';
    };
  };
  const to = { output: `${data}.set`, drawer, steps: 2, guidance: 2 };
  expect(await carryOver(source, plan, { ...to, proceed: stopAt(2) })).toBeNull();
  await appendFile(join(to.output, 'carried.jsonl'), '{"id":"cut of'); // as one that was killed leaves it
  const carried = (await carryOver(source, plan, { ...to, proceed: stopAt(7) })) as string;
  await drawer.close();
  expect(told.at(-1)).toEqual([6, 4]); // the first two were there
  const records = await read(carried);
  expect(records.slice(0, 12)).toEqual((await read(data)).map((record) => ({ ...record, question: 'overall' })));
  const shown = new Set(promptsToStart(151, 0));
  for (const { prompt, candidates, outcome, rater } of records.slice(12)) {
    const [a] = planPair(prompt, candidates[0]?.seed as number).looks;
    if (Math.abs(a.warm) === 1) expect(outcome).toEqual({ kind: 'winner', index: a.warm > 0 ? 0 : 1 });
    expect([shown.has(prompt), rater]).toEqual([false, 'look-preference']);
  }
  const written = await openComparisons(carried);
  expect(await written.teachers?.()).toEqual(teachers);
  let pairs = 0;
  for await (const row of written) {
    if (!('record' in row)) throw new Error(row.refused);
    for (const { candidates } of trainingPairs(row.record)) {
      for (const side of candidates) expect((await written.loadMedia(side)).length).toBeGreaterThan(0);
      pairs++;
    }
  }
  expect(pairs).toBe(18);
});

it('draws nothing where the choices are not between looks', async () => {
  const { choices, pairs } = await planCarryOver(await openComparisons(await writeChoices(4, true)), 6, () => []);
  expect([choices.length, pairs.length]).toEqual([4, 0]);
});
