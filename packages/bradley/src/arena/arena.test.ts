import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { MetricRecord, Presentation, Run, Taste, Verdict } from '@bradley/arena-contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tinyRecipe, writeTinyModel } from '../run/tiny-model.test-support.js';

/** The command as a person starts it, with a model of 16×16 pixels that knows nothing and draws at once. */
const command = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

interface Started {
  readonly process: ChildProcess;
  readonly address: string;
}

let base: string;
let server: Started;

async function start(...options: string[]): Promise<Started> {
  const flags = ['--folder', join(base, 'arena'), '--model', join(base, 'model'), '--no-open', '--threads', '1'];
  const child = spawn(process.execPath, [command, 'arena', ...flags, ...options], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, BRADLEY_CACHE: join(base, 'cache') },
  });
  const said: string[] = [];
  child.stderr.on('data', (text) => said.push(String(text)));
  for await (const line of createInterface({ input: child.stdout })) {
    const [address] = /http:\/\/\S+/.exec(line) ?? [];
    if (address) {
      child.stdout.resume();
      return { process: child, address };
    }
  }
  throw new Error(`it ended: ${said.join('')}`);
}

/** Kills the server where it stands, and starts it again on the same folder and port. */
async function killAndStart(): Promise<void> {
  const { port } = new URL(server.address);
  server.process.kill('SIGKILL');
  await ended(server.process);
  server = await start('--port', port);
}

const ended = (child: ChildProcess): Promise<number | null> =>
  new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve(child.exitCode);
    else child.once('exit', resolve);
  });

async function ask<T>(path: string, body?: object): Promise<T> {
  const headers: Record<string, string> = { origin: server.address };
  if (body) {
    const { csrf } = await ask<{ csrf: string }>('/api/me');
    Object.assign(headers, { 'x-csrf-token': csrf, 'content-type': 'application/json' });
  }
  const init = body ? { method: 'POST', headers, body: JSON.stringify(body) } : { headers };
  const answer = await fetch(`${server.address}${path}`, init);
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}

/** Chooses so many times, always what stands first. */
async function choose(project: string, times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    const { presentations } = await ask<{ presentations: Presentation[] }>(
      `/api/projects/${project}/next?count=1&wait=10`,
    );
    const answers = { overall: { kind: 'winner', position: 0 } };
    await ask(`/api/projects/${project}/votes`, { token: presentations[0]?.token, answers, milliseconds: 700 });
  }
}

/** The steps of a run as its page hears of them, until `enough`; without it until the end. */
async function follow(run: string, enough: (step: number) => boolean = () => false): Promise<number[]> {
  const gone = new AbortController();
  const { body } = await fetch(`${server.address}/api/runs/${run}/events`, { signal: gone.signal });
  const steps: number[] = [];
  let text = '';
  const decoder = new TextDecoder();
  for await (const bytes of body as AsyncIterable<Uint8Array>) {
    text += decoder.decode(bytes, { stream: true });
    const events = text.split('\n\n');
    text = events.pop() ?? '';
    for (const event of events) {
      const data = /^data: (.*)$/m.exec(event)?.[1] ?? 'null';
      if (event.startsWith('event: metrics'))
        steps.push(
          ...(JSON.parse(data) as MetricRecord[]).flatMap(({ step, loss }) => (loss === undefined ? [] : [step])),
        );
      if (event.startsWith('event: end')) return steps;
    }
    if (enough(steps.at(-1) ?? 0)) break;
  }
  gone.abort();
  return steps;
}

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'arena-'));
  await writeTinyModel(join(base, 'model'), tinyRecipe);
  server = await start('--port', '0');
});
afterAll(async () => {
  server.process.kill('SIGKILL');
  await ended(server.process);
  await rm(base, { recursive: true, force: true, maxRetries: 5 });
});

describe('bradley arena', () => {
  it('tells a second one who holds the folder, and where', async () => {
    await expect(start('--port', '0')).rejects.toThrow(
      new RegExp(`served already at ${server.address}, by process ${server.process.pid}`),
    );
  });

  it('has a project to choose in, trains on the choices while it is killed and started again, and gives a verdict', async () => {
    await choose('my-taste', 12);
    const taste = await ask<Taste>('/api/projects/my-taste/taste');
    expect(taste).toMatchObject({ choices: 12, canTrain: true });
    const { run } = await ask<{ run: string }>('/api/projects/my-taste/taste', {});
    const before = await follow(run, (step) => step >= 5);
    expect(before.at(-1)).toBeGreaterThanOrEqual(5);

    await killAndStart();
    const { status, totalSteps } = await ask<Run>(`/api/runs/${run}`);
    expect(['running', 'finished']).toContain(status);
    expect(before.at(-1)).toBeLessThan(totalSteps ?? 0);
    const steps = await follow(run);
    expect(steps.filter((step, i) => step !== steps[i - 1])).toEqual(
      Array.from({ length: totalSteps ?? 0 }, (_, i) => i + 1),
    );
    expect(await ask<Run>(`/api/runs/${run}`)).toMatchObject({ status: 'finished', project: 'my-taste' });

    const { project } = await ask<{ project: string }>(`/api/runs/${run}/verdict`, { choices: 10 });
    await killAndStart(); // its pictures are still being drawn
    await choose(project, 10);
    const verdict = await ask<Verdict>(`/api/projects/${project}/verdict`);
    expect(verdict.result?.after.total).toBe(10);
    expect(verdict.result?.pictures.every(({ before: old, after }) => old !== after)).toBe(true);
  });

  it('goes on with a run that was killed, and steers it', async () => {
    const yaml = `
model: ${join(base, 'model')}
data: { path: my-taste-taste@1, heldOut: 0 }
objective: { name: diffusion-dpo }
train: { steps: 3000, batch: 2, checkpointEvery: 5, threads: 1 }
output: /somewhere/else
`;
    const { run } = await ask<{ run: string }>('/api/runs', { name: 'my own run', config: yaml });
    expect(run).toBe('my-own-run');
    const control = (action: string) => ask(`/api/runs/${run}/control`, { action });
    const state = () => ask<Run>(`/api/runs/${run}`);
    await follow(run, (step) => step >= 7);
    const { pid } = JSON.parse(await readFile(join(base, 'arena', 'runs', run, 'state.json'), 'utf8'));
    process.kill(pid, 'SIGKILL');
    await expect.poll(state).toMatchObject({ status: 'interrupted' });
    await control('resume');
    expect(await state()).toMatchObject({ status: 'running' }); // whoever follows it now is not told the old end
    await control('pause');
    await expect.poll(state).toMatchObject({ status: 'paused' });
    await control('continue');
    await expect.poll(state).toMatchObject({ status: 'running' });
    await control('stop');
    await expect.poll(state).toMatchObject({ status: 'stopped' });
  });

  it('closes at Ctrl-C, and says that runs go on', async () => {
    const said: string[] = [];
    server.process.stderr?.on('data', (text) => said.push(String(text)));
    server.process.kill('SIGINT');
    expect(await ended(server.process)).toBe(0);
    expect(said.join('')).toContain('Runs that are training go on');
  });
});
