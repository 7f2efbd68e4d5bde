import { rm } from 'node:fs/promises';
import { addTraining, createProject, joinProject } from '@bradley/preferences';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type TestArena, testArena } from '../arena.test-support.js';
import type { Actor } from '../env.js';
import { requireRun, runAccess } from './run-access.js';
import { finishedRun, runsFolder } from './run-folders.test-support.js';

let runs: string;
let test: TestArena;
beforeAll(async () => {
  runs = await runsFolder();
  const none = () => Promise.reject(new Error('not asked for here'));
  const describe = async () => ({ objective: null, model: null, data: null });
  const service = { folder: runs, startTaste: none, start: none, resume: none, describe };
  test = await testArena({ services: { drawer: null, runs: service } });
  const { store } = test.arena;
  for (const id of ['theirs', 'others']) {
    await createProject(store, { id, name: id, settings: {} });
    await finishedRun(runs, `${id}-taste-1`, 1);
    await addTraining(store, { run: `${id}-taste-1`, projectId: id, snapshot: `${id}-taste@1`, choices: 12 });
  }
  await finishedRun(runs, 'by-hand', 1);
  for (const role of ['owner', 'viewer', 'rater'] as const)
    await joinProject(store, { projectId: 'theirs', userId: role, name: role, role });
});
afterAll(async () => {
  await test.close();
  await rm(runs, { recursive: true });
});

const actor = (kind: Actor['kind'], userId: string): Actor => ({ kind, userId, name: userId });
const all = ['theirs-taste-1', 'others-taste-1', 'by-hand'];

it.each([
  ['the person of a local arena', actor('local', 'local'), all, all],
  ['an owner', actor('user', 'owner'), ['theirs-taste-1'], ['theirs-taste-1']],
  ['a viewer', actor('user', 'viewer'), ['theirs-taste-1'], []],
  ['a rater, who judges blindly,', actor('guest', 'rater'), [], []],
  ['a stranger', actor('user', 'stranger'), [], []],
])('%s sees and steers the runs that are his to', async (_who, who, seen, steered) => {
  const access = await runAccess(test.arena, who);
  expect(all.filter((run) => access.sees(run))).toEqual(seen);
  expect(all.filter((run) => access.owns(run))).toEqual(steered);
  for (const run of all) {
    const steering = requireRun(test.arena, access, run, 'steer');
    if (steered.includes(run)) await steering;
    else await expect(steering).rejects.toMatchObject({ status: seen.includes(run) ? 403 : 404 });
  }
});
