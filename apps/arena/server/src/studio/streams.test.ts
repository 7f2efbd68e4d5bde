import { rm } from 'node:fs/promises';
import { addTraining } from '@bradley/preferences';
import { closeRun } from '@bradley/train';
import { expect, it } from 'vitest';
import { type Client, firstOwner, invited, noServices, testArena } from '../arena.test-support.js';
import { beginRun, runsFolder } from './run-folders.test-support.js';

it('one member who follows a run in ever more pages leaves some to the others', async () => {
  const runs = await runsFolder();
  const test = await testArena({
    mode: 'team',
    services: { ...noServices, runs: { ...noServices.runs, folder: runs } },
  });
  const owner = await firstOwner(test);
  await owner('POST', '/api/projects', { id: 'cats', name: 'Cats' });
  const viewer = await invited(test, owner, { project: 'cats', role: 'viewer', name: 'V' });
  const run = await beginRun(runs, 'live', 50);
  await addTraining(test.arena.store, { run: 'live', projectId: 'cats', snapshot: 'cats@1', choices: 12 });
  const follow = async (who: Client) => who('GET', '/api/runs/live/events');
  const open: Response[] = [];
  for (let i = 0; i < 20; i++) open.push(await follow(viewer));
  expect(new Set(open.map(({ status }) => status))).toEqual(new Set([200]));
  expect((await follow(viewer)).status).toBe(503);
  open.push(await follow(owner));
  expect(open.at(-1)?.status).toBe(200);
  for (const { body } of open) await body?.cancel();
  await expect.poll(async () => (await follow(viewer)).status).toBe(200);
  await test.close();
  await closeRun(run, { status: 'stopped' });
  await rm(runs, { recursive: true });
});
