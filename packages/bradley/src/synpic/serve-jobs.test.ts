import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodePng } from '@bradley/formats';
import { folderMedia, type MediaStore, openStore, promptKey, readTeachers, type Store } from '@bradley/preferences';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freezeSynpic, writeSynpic } from './export-synpic.js';
import { httpJobs } from './http-jobs.js';
import type { Finished, Jobs, Taken, WorkLease } from './jobs.js';
import { makePlan } from './make-plan.js';
import type { Plan } from './plan.js';
import { jobsApp, type ServedJobs, serveJobs } from './serve-jobs.js';
import { storeJobs } from './store-jobs.js';

const plan: Plan = {
  ...{ name: 'served', prompts: ['a fox'], seed: 3, scorers: ['colourfulness'] },
  generators: Object.fromEntries(
    ['one', 'two'].map((name) => [name, { kind: 'command', settings: { command: [name] }, pins: {} }]),
  ),
  ...{ lease: 60, attempts: 2, batch: 8, pricePerHour: 0 },
};
let folder: string;
let store: Store;
let media: MediaStore;
let owned: Jobs;
let served: ServedJobs;
let jobs: Jobs;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'served-'));
  store = await openStore(join(folder, 'database'));
  media = folderMedia(join(folder, 'media'));
  await makePlan(store, media, plan);
  owned = await storeJobs(store, media, 'served');
  served = await serveJobs(jobsApp(owned, 'right'), { host: '127.0.0.1', port: 0 });
  jobs = await httpJobs(served.url, 'right', { patience: 0 });
});
afterAll(async () => {
  await served.close();
  await owned.close();
  await store.close();
  await rm(folder, { recursive: true });
});

const leasesOf = (taken: Taken): readonly WorkLease[] => (taken.kind === 'work' ? taken.leases : []);
const cost = { wallSeconds: 1, cpuSeconds: 2, openingSeconds: 0 };
const picture = (value: number) => encodePng(new Uint8Array(12).fill(value), 2, 2);

describe('work over HTTP', () => {
  it('is for those who have the token, and for nobody else', async () => {
    await expect(httpJobs(served.url, 'wrong', { patience: 0 })).rejects.toThrow(/401.*token/);
    for (const path of ['plan', 'status', `media/${'0'.repeat(64)}`])
      expect((await fetch(`${served.url}/${path}`)).status).toBe(401);
    expect((await fetch(`${served.url}/take`, { method: 'POST', body: '{}' })).status).toBe(401);
  });

  it('refuses what it does not understand', async () => {
    const headers = { authorization: 'Bearer right' };
    expect((await fetch(`${served.url}/take`, { method: 'POST', body: 'x', headers })).status).toBe(400);
    expect((await fetch(`${served.url}/media/..%2f..%2fdatabase`, { headers })).status).toBe(400);
  });

  it('goes from pictures to scores, each once, and ends', async () => {
    const [first] = leasesOf(await jobs.take('a', null));
    const [second] = leasesOf(await jobs.take('b', null));
    if (!first || !second) throw new Error('no work');
    expect([first, second].map(({ data }) => data.source).sort()).toEqual(['one', 'two']);
    expect(await jobs.take('c', null)).toEqual({ kind: 'wait' });
    const finish = async (lease: WorkLease, value: number): Promise<Finished> => ({
      ...{ lease, ...cost },
      result: { kind: 'generate', picture: await picture(value) },
    });
    await jobs.finish('a', [await finish(first, 10)]);
    await jobs.finish('late', [await finish(first, 99)]); // another who had the same work: the first counts
    await jobs.finish('b', [await finish(second, 20)]);
    const scores = leasesOf(await jobs.take('a', null));
    expect(scores.map(({ data }) => data.kind)).toEqual(['score', 'score']);
    const pictures = await Promise.all(scores.map(({ data }) => jobs.picture((data as { media: string }).media)));
    expect(pictures.map((bytes) => Buffer.from(bytes).toString('hex')).sort()).toEqual(
      (await Promise.all([picture(10), picture(20)])).map((bytes) => Buffer.from(bytes).toString('hex')).sort(),
    );
    const result = {
      kind: 'score' as const,
      score: 0.5,
      rater: `scorer:palette:${Array(40).fill('#ff8800').join(',')}@00`,
    };
    const forged = { ...(scores[0] as WorkLease), id: (scores[1] as WorkLease).id };
    await expect(jobs.finish('a', [{ lease: forged, result, ...cost }])).rejects.toThrow(/no result of the job/);
    const teachers = [{ rater: result.rater, raters: ['anna'], prompts: [promptKey('a fox')] }];
    await jobs.finish(
      'a',
      scores.map((lease, i) => {
        const rater = i === 0 ? result.rater : `${result.rater}.77`; // as it was called before names had the weights
        return { lease, result: { ...result, rater, ...(i === 0 && { teachers }) }, ...cost };
      }),
    );
    expect(await jobs.take('a', null)).toEqual({ kind: 'finished' });
    const counts = { written: 0, unfinished: 0, alike: 0 };
    const exported = await writeSynpic(store, media, plan, join(folder, 'ranks.jsonl'), counts);
    expect([counts.written, await readTeachers(exported)]).toEqual([1, teachers]);
    const frozen = await freezeSynpic(store, media, plan, { name: 'ranks', folder: join(folder, 'sets') }, counts);
    expect(await readTeachers(frozen.path)).toEqual(teachers);
    await store.script(`update synpic_results set rater = 'scorer:palette@01' where job = '${scores[1]?.id}'`);
    const changed = writeSynpic(store, media, plan, join(folder, 'changed.jsonl'), counts);
    await expect(changed).rejects.toThrow(/was not the same scorer for all pictures .*@00 and .*@01|@01 and .*@00/);
    const { sources, pace } = await jobs.status();
    expect(pace).toMatchObject({ pictures: 2, scores: 2, workers: 2 });
    expect(pace.seconds).toBeGreaterThan(0);
    expect(sources.map(({ source, done, wallSeconds }) => [source, done, wallSeconds])).toEqual([
      ['one', 1, 1],
      ['two', 1, 1],
      ['colourfulness', 2, 2],
    ]);
  });

  it('is given up after its attempts, with the reason, and begun anew with the plan', async () => {
    await makePlan(store, media, { ...plan, prompts: ['a fox', 'a hen'] });
    for (let i = 0; i < 2 * plan.attempts; i++) {
      const [lease] = leasesOf(await jobs.take('a', null));
      if (lease) await jobs.fail(lease, 'no ink');
    }
    expect(await jobs.take('a', null)).toEqual({ kind: 'finished' });
    const { failures } = await jobs.status();
    expect(failures.map(({ prompt, message }) => [prompt, message])).toEqual([
      ['a hen', 'no ink'],
      ['a hen', 'no ink'],
    ]);
    await makePlan(store, media, { ...plan, prompts: ['a fox', 'a hen'] });
    expect(leasesOf(await jobs.take('a', null))).toHaveLength(1);
  });
});
