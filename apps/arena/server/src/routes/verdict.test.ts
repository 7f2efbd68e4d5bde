import { createHash } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Presentation, Taste, Verdict } from '@bradley/arena-contract';
import { encodePng } from '@bradley/formats';
import { addTasks, keepMedia, openComparisons, verdictPairs } from '@bradley/preferences';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, client, type TestArena, testArena } from '../arena.test-support.js';
import type { Drawer, RunService } from '../services.js';
import { finishedRun, runsFolder } from '../studio/run-folders.test-support.js';

/** Plain squares, whose colour is that of prompt, seed and adapter. */
const picture = (...of: unknown[]): Promise<Uint8Array> => {
  const [r = 0, g = 0, b = 0] = createHash('sha256').update(of.join()).digest();
  return encodePng(
    Uint8Array.from({ length: 3 * 64 }, (_, i) => [r, g, b][i % 3] as number),
    8,
    8,
  );
};
const drawer: Drawer = {
  model: 'squares',
  steps: 4,
  guidance: 3,
  adapterStrength: 1.5,
  suggestions: (count) => Array.from({ length: Math.min(count, 30) }, (_, i) => `thing ${i}`),
  unknownWords: () => [],
  knows: () => true,
  pair: () => Promise.reject(new Error('not asked for here')),
  draw: async ({ prompt, seeds, adapter }) =>
    Promise.all(seeds.map(async (seed) => ({ prompt, seed, png: await picture(prompt, seed, adapter) }))),
  close: async () => undefined,
};

let runs: string;
let test: TestArena;
let ask: Client;
const trainedOn: Parameters<RunService['startTaste']>[0][] = [];
beforeAll(async () => {
  runs = await runsFolder();
  const startTaste: RunService['startTaste'] = async (options) => {
    trainedOn.push(options);
    await finishedRun(runs, options.name, 2);
    return options.name;
  };
  const none = () => Promise.reject(new Error('not asked for here'));
  const describe = async () => ({ objective: null, model: null, data: null });
  test = await testArena({
    services: { drawer, runs: { folder: runs, startTaste, start: none, resume: none, describe } },
  });
  ask = await client(test);
  await ask('POST', '/api/projects', { id: 'mine', name: 'Mine', settings: { draw: false } });
});
afterAll(async () => {
  await test.close();
  await rm(runs, { recursive: true });
});

const json = async <T>(path: string): Promise<T> => (await (await ask('GET', path)).json()) as T;

/** Judges what is open; `choose` sees the number of the choice. Returns how many it judged. */
async function judge(project: string, most: number, choose: (showing: Presentation) => object): Promise<number> {
  for (let judged = 0; ; judged++) {
    if (judged === most) return judged;
    const { presentations } = await json<{ presentations: Presentation[] }>(
      `/api/projects/${project}/next?count=1&wait=10`,
    );
    const [showing] = presentations;
    if (!showing) return judged;
    const vote = { token: showing.token, answers: { overall: choose(showing) }, milliseconds: 900 };
    expect((await ask('POST', `/api/projects/${project}/votes`, vote)).status).toBe(201);
  }
}

const first = () => ({ kind: 'winner', position: 0 });

describe('training on a taste', () => {
  it('is refused with too few choices, saying how many more', async () => {
    const files = await Promise.all(Array.from({ length: 24 }, async (_, i) => ({ bytes: await picture('mine', i) })));
    const kept = await keepMedia(test.arena.store, test.arena.media, files);
    const tasks = Array.from({ length: 12 }, (_, i) => ({
      prompt: `thing ${i % 4}`,
      candidates: [kept[2 * i], kept[2 * i + 1]].map((one) => ({ media: one?.sha256 ?? '', model: 'squares' })),
    }));
    await addTasks(test.arena.store, 'mine', tasks);
    await judge('mine', 1, first);
    const taste = await json<Taste>('/api/projects/mine/taste');
    expect(taste).toMatchObject({ choices: 1, canTrain: false, why: expect.stringContaining('make 9 more') });
    expect(await (await ask('POST', '/api/projects/mine/taste')).json()).toMatchObject({
      error: expect.stringContaining('make 9 more'),
    });
  });

  it('freezes the choices and starts a run on them, once', async () => {
    await judge('mine', 12, first);
    // Somebody else's snapshot of the same name is in the way of nobody.
    await ask('POST', '/api/projects', { id: 'other', name: 'Other', settings: { draw: false, modality: 'text' } });
    const candidates = [{ text: 'a' }, { text: 'b' }];
    await ask('POST', '/api/projects/other/tasks', { tasks: [{ prompt: 'which?', candidates }] });
    await judge('other', 1, first);
    expect((await ask('POST', '/api/projects/other/snapshots', { name: 'mine-taste' })).status).toBe(201);
    expect(await json<Taste>('/api/projects/mine/taste')).toMatchObject({ choices: 12, canTrain: true, why: null });
    const answers = await Promise.all([1, 2].map(() => ask('POST', '/api/projects/mine/taste')));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409]);
    const [options] = trainedOn;
    expect(options).toMatchObject({ name: 'mine-taste-1', choices: 12 });
    const source = await openComparisons(options?.data ?? '');
    const rows = [];
    for await (const row of source) rows.push(row);
    expect(rows).toHaveLength(12);
    for (const row of rows) {
      if (!('record' in row)) throw new Error(row.refused);
      for (const candidate of row.record.candidates) await source.loadMedia(candidate);
    }
    const taste = await json<Taste>('/api/projects/mine/taste');
    expect(taste.trainings).toEqual([{ run: 'mine-taste-1', status: 'finished', choices: 12, verdict: null }]);
    expect(await json('/api/runs/mine-taste-1')).toMatchObject({ project: 'mine', strength: 1.5 });
  });
});

describe('the verdict on a training', () => {
  const project = 'verdict-mine-taste-1-2';
  const run = '/api/runs/mine-taste-1/verdict';

  it('waits for the LoRA, and is planned once', async () => {
    expect((await ask('POST', run, {})).status).toBe(409);
    await writeFile(join(runs, 'mine-taste-1', 'pytorch_lora_weights.safetensors'), 'weights');
    await ask('POST', '/api/projects', { id: 'verdict-mine-taste-1', name: 'In the way', settings: { draw: false } });
    for (const choices of [12, 50]) {
      const answer = await ask('POST', run, { choices });
      expect([answer.status, await answer.json()]).toEqual([201, { project }]);
    }
    await expect.poll(() => json(`/api/projects/${project}/verdict`)).toMatchObject({ total: 12, drawing: 0 });
    const pairs = await verdictPairs(test.arena.store, project);
    expect(pairs.filter(({ trained }) => trained).map(({ prompt }) => prompt)).toHaveLength(6);
    const trained = ['thing 0', 'thing 1', 'thing 2', 'thing 3'];
    for (const pair of pairs) {
      expect(trained.includes(pair.prompt)).toBe(pair.trained);
      expect(pair.candidates?.map(({ seed }) => seed)).toEqual([pair.seed, pair.seed]);
      expect(pair.candidates?.findIndex(({ adapter }) => adapter === 'mine-taste-1:1.5')).toBe(pair.afterFirst ? 0 : 1);
    }
  });

  it('says nothing of which is which, nor lets itself be changed, before all is judged', async () => {
    const shown: string[] = [];
    await judge(project, 5, (showing) => {
      shown.push(JSON.stringify(showing).replaceAll(project, ''));
      return { kind: 'winner', position: 0 };
    });
    expect(shown.join()).not.toMatch(/adapter|mine-taste|squares/);
    expect(await json<Verdict>(`/api/projects/${project}/verdict`)).toEqual({
      ...{ run: 'mine-taste-1', done: 5, total: 12, drawing: 0, problem: null, result: null },
    });
    for (const part of ['comparisons', 'leaderboard', 'statistics', 'snapshots', 'audit', 'tasks', 'anything'])
      expect((await ask('GET', `/api/projects/${project}/${part}`)).status, part).toBe(409);
    expect((await ask('PATCH', `/api/projects/${project}`, { settings: { allowSkip: true } })).status).toBe(409);
    expect((await ask('POST', `/api/projects/${project}/snapshots`, { name: 'x' })).status).toBe(409);
    expect((await ask('POST', `/api/projects/${project}/verdict`, {})).status).toBe(409);
    expect((await ask('POST', `/api/projects/${project}/taste`)).status).toBe(409);
    expect((await ask('GET', `/api/projects/mine/verdict`)).status).toBe(409);
  });

  it('then tells what was chosen, with counts, an interval and the pictures', async () => {
    expect(await judge(project, 6, first)).toBe(6);
    expect(await judge(project, 1, () => ({ kind: 'tie' }))).toBe(1);
    const { done, result } = await json<Verdict>(`/api/projects/${project}/verdict`);
    expect(done).toBe(12);
    const after = result?.pictures.filter(({ chosen }) => chosen === 'after').length ?? -1;
    expect(result).toMatchObject({ after: { count: after, total: 11 }, undecided: 1, later: [] });
    expect(result?.says).toContain(`${after} of 11 choices`);
    const one = result?.pictures[0];
    expect(one?.before).not.toBe(one?.after);
    expect((await json<Taste>('/api/projects/mine/taste')).trainings[0]?.verdict).toBe(project);
  });

  it('stays as it was told; what is added is blind again and told apart', async () => {
    const before = await json<Verdict>(`/api/projects/${project}/verdict`);
    expect((await ask('POST', `/api/projects/${project}/votes/undo`, { token: 'any' })).status).toBe(409);
    const more = await ask('POST', `/api/projects/${project}/verdict`, { choices: 10 });
    expect(more.status).toBe(201);
    expect(await more.json()).toMatchObject({ done: 12, total: 22, result: null });
    expect(await judge(project, 11, first)).toBe(10);
    const after = await json<Verdict>(`/api/projects/${project}/verdict`);
    expect(after.result?.after).toEqual(before.result?.after);
    expect(after.result?.later).toHaveLength(1);
    expect(after.result?.pictures).toHaveLength(22);
  });
});
