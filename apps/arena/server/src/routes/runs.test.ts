import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Curves, Run } from '@bradley/arena-contract';
import { appendMetrics, closeRun, readControl } from '@bradley/train';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, client, type TestArena, testArena } from '../arena.test-support.js';
import { serve } from '../serve.js';
import { beginRun, finishedRun, runsFolder, trainTo } from '../studio/run-folders.test-support.js';

let runs: string;
let test: TestArena;
let ask: Client;
const resumed: string[] = [];
beforeAll(async () => {
  runs = await runsFolder();
  const described = { objective: 'diffusion-dpo', model: 'tiny', data: 'choices' };
  test = await testArena({
    services: {
      drawer: null,
      runs: {
        folder: runs,
        startTaste: () => Promise.reject(new Error('not here')),
        start: () => Promise.reject(new Error('the run cannot be run:\n  model (line 1): expected text')),
        resume: async (run) => void resumed.push(run),
        describe: async () => described,
      },
    },
  });
  ask = await client(test);
});
afterAll(async () => {
  await test.close();
  await rm(runs, { recursive: true });
});

const json = async <T>(path: string): Promise<T> => (await (await ask('GET', path)).json()) as T;

describe('runs', () => {
  it('are listed from their folders, and what is no run is not', async () => {
    await finishedRun(runs, 'first', 7);
    await mkdir(join(runs, 'not-a-run'));
    await symlink(join(runs, 'first'), join(runs, 'a-link'));
    await finishedRun(runs, 'broken', 1);
    await writeFile(join(runs, 'broken', 'state.json'), '{');
    const all = await json<Run[]>('/api/runs');
    expect(all.map(({ id }) => id).sort()).toEqual(['broken', 'first']);
    expect(all.find(({ id }) => id === 'first')).toMatchObject({
      ...{
        status: 'finished',
        step: 7,
        totalSteps: 7,
        objective: 'diffusion-dpo',
        project: null,
        strength: null,
        adapter: null,
      },
    });
    expect(all.find(({ id }) => id === 'broken')?.error).toContain('state.json');
    await rm(join(runs, 'broken'), { recursive: true });
  });

  it('say how far they are between checkpoints, and what they wrote once they have', async () => {
    const run = await beginRun(runs, 'live', 50);
    await trainTo(run, 1, 9);
    expect(await json('/api/runs/live')).toMatchObject({ status: 'running', step: 9, totalSteps: 50, adapter: null });
    await closeRun(run, { status: 'finished' });
    expect(await json('/api/runs/live')).toMatchObject({ status: 'finished', adapter: null });
    await writeFile(join(runs, 'live', 'pytorch_lora_weights.safetensors'), 'weights');
    const { adapter } = await json<Run>('/api/runs/live');
    const answer = await ask('GET', adapter ?? '');
    expect(answer.headers.get('content-disposition')).toBe(
      'attachment; filename="live.pytorch_lora_weights.safetensors"',
    );
    expect(await answer.text()).toBe('weights');
  });

  it('list in the time of a look at each, hundreds of them', async () => {
    const many = await runsFolder();
    await Promise.all(Array.from({ length: 300 }, (_, i) => finishedRun(many, `run-${i}`, 1)));
    const { openRuns } = await import('../studio/runs.js');
    const list = openRuns({ folder: many, describe: async () => ({ objective: null, model: null, data: null }) });
    expect(await list.list()).toHaveLength(300);
    const { user: before } = process.cpuUsage();
    expect(await list.list()).toHaveLength(300);
    expect((process.cpuUsage().user - before) / 1e6).toBeLessThan(5);
    await rm(many, { recursive: true });
  });

  it('are compared with few points of long curves, spikes kept', async () => {
    const run = await beginRun(runs, 'long');
    for (let step = 1; step <= 3000; step++)
      await appendMetrics(run.metrics, { step, loss: step === 1234 ? 99 : 1 / step });
    await closeRun(run, { status: 'stopped' });
    const { runs: compared } = await json<Curves>('/api/curves?run=long&run=first&points=100');
    const [long, first] = compared;
    expect(long?.curves.loss?.length).toBeLessThanOrEqual(100);
    expect(long?.curves.loss).toContainEqual([1234, 99]);
    expect(first?.curves.loss).toHaveLength(7);
    expect((await ask('GET', '/api/curves?run=../x')).status).toBe(400);
    expect((await ask('GET', '/api/curves?run=nowhere')).status).toBe(404);
  });
});

describe('steering a run', () => {
  it('writes what is asked into its folder while it runs, and refuses what has no sense', async () => {
    const run = await beginRun(runs, 'steered');
    const control = (action: string) => ask('POST', '/api/runs/steered/control', { action });
    expect((await control('pause')).status).toBe(202);
    expect(await readControl(join(runs, 'steered'))).toEqual({ pause: true, stop: false });
    expect((await control('continue')).status).toBe(202);
    expect((await control('resume')).status).toBe(409);
    expect((await control('stop')).status).toBe(202);
    expect(await readControl(join(runs, 'steered'))).toEqual({ pause: false, stop: true });
    await closeRun(run, { status: 'stopped' });
    expect(await (await control('stop')).json()).toMatchObject({ code: 'not-now' });
    expect((await control('resume')).status).toBe(202);
    expect(resumed).toEqual(['steered']);
    expect((await ask('POST', '/api/runs/steered/control', { action: 'delete' })).status).toBe(400);
    expect((await ask('POST', '/api/runs/first/control', { action: 'resume' })).status).toBe(409);
  });

  it('says what is wrong with a config', async () => {
    const answer = await ask('POST', '/api/runs', { name: 'mine', config: 'model: 7' });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({
      code: 'invalid-config',
      error: expect.stringContaining('model (line 1)'),
    });
  });
});

describe('the files of a run', () => {
  beforeAll(async () => {
    const folder = join(runs, 'first');
    await writeFile(join(runs, 'secret.html'), 'secret');
    await mkdir(join(folder, 'validation', 'step-000001'), { recursive: true });
    await writeFile(join(folder, 'report.html'), '<script>alert(1)</script>');
    await writeFile(join(folder, 'validation', 'index.html'), '<p>pictures</p>');
    await writeFile(join(folder, 'validation', 'step-000001', '00.png'), 'png');
    await symlink(join(runs, 'secret.html'), join(folder, 'lora_kohya.safetensors'));
    await symlink(join(runs), join(folder, 'validation', 'step-000002'));
    await writeFile(join(runs, '00.png'), 'secret');
  });

  it('that hold scripts are pages of an origin of their own, without network', async () => {
    for (const path of ['report.html', 'validation/index.html']) {
      const answer = await ask('GET', `/api/runs/first/files/${path}`);
      expect(answer.status).toBe(200);
      const policy = answer.headers.get('content-security-policy') ?? '';
      expect(policy).toContain('sandbox allow-scripts;');
      expect(policy).not.toContain('allow-same-origin');
      expect(policy).toContain("default-src 'none'");
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    }
    expect((await ask('GET', '/api/runs/first/files/validation/step-000001/00.png')).headers.get('content-type')).toBe(
      'image/png',
    );
  });

  it.each([
    '/api/runs/first/files/state.json',
    '/api/runs/first/files/lock',
    '/api/runs/first/files/checkpoints/step-000007/manifest.json',
    '/api/runs/first/files/..%2fsecret.html',
    '/api/runs/first/files/validation/..%2f..%2fsecret.html',
    '/api/runs/first/files/validation/%2e%2e/%2e%2e/secret.html',
    '/api/runs/first/files//etc/passwd',
    '/api/runs/first/files/lora_kohya.safetensors',
    '/api/runs/first/files/validation/step-000002/00.png',
    '/api/runs/..%2f/files/secret.html',
    '/api/runs/a-link/files/report.html',
    '/api/runs/.%2e/files/report.html',
    '/api/runs/not-a-run',
    '/api/runs/a-link/events',
  ])('are those of a short list: %s is not', async (path) => {
    expect((await ask('GET', path)).status).toBe(404);
  });

  it('have no address with a NUL in it', async () => {
    expect((await ask('GET', '/api/runs/first/files/report.html%00.png')).status).toBe(400);
  });
});

describe('the stream of a run', () => {
  it('is server-sent events whose ids go on, and which a browser that has the end does not ask for again', async () => {
    const answer = await ask('GET', '/api/runs/first/events');
    expect(answer.headers.get('content-type')).toContain('text/event-stream');
    const text = await answer.text();
    expect(text.match(/^event: .*/gm)).toEqual(['event: state', 'event: metrics', 'event: state', 'event: end']);
    const id = /^id: (.*\.end)$/m.exec(text)?.[1] ?? '';
    const again = await test.app.request('/api/runs/first/events', { headers: { 'last-event-id': id } });
    expect(again.status).toBe(204);
  });

  it('costs nothing once its client has left, and ends with the server', async () => {
    const run = await beginRun(runs, 'watched');
    const served = await serve(test.arena, { host: '127.0.0.1', port: 0 });
    const gone = new AbortController();
    // To be kept: the client ends the connection of an answer that is collected as garbage.
    const pages: Response[] = [];
    const open = async (signal?: AbortSignal) => {
      const answer = await fetch(`${served.origin}/api/runs/watched/events`, signal ? { signal } : {});
      pages.push(answer);
      return answer.status;
    };
    const statuses = await Promise.all(Array.from({ length: 200 }, () => open(gone.signal)));
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(await open(gone.signal)).toBe(503);
    gone.abort();
    await expect.poll(() => open()).toBe(200);
    const began = performance.now();
    await served.close();
    expect(performance.now() - began).toBeLessThan(30_000); // waiting for clients would take a minute
    await closeRun(run, { status: 'stopped' });
  });
});
