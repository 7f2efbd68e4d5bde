import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { closeRun, type OpenRun } from '@bradley/train';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noServices, type TestArena, testArena } from '../arena.test-support.js';
import { beginRun, runsFolder } from '../studio/run-folders.test-support.js';

let runs: string;
let run: OpenRun;
let test: TestArena;
beforeAll(async () => {
  runs = await runsFolder();
  run = await beginRun(runs, 'live', 50);
  await writeFile(join(runs, 'live', 'pytorch_lora_weights.safetensors'), new Uint8Array(2 ** 20));
  test = await testArena({ services: { ...noServices, runs: { ...noServices.runs, folder: runs } } });
});
afterAll(async () => {
  await test.close();
  await closeRun(run, { status: 'stopped' });
  await rm(runs, { recursive: true });
});

const head = (path: string) => test.app.request(path, { method: 'HEAD' });

describe('a HEAD request', () => {
  it('follows no run, however often it is sent', async () => {
    for (let i = 0; i < 210; i++) expect((await head('/api/runs/live/events')).status).toBe(200);
    const follow = await test.app.request('/api/runs/live/events');
    expect(follow.status).toBe(200);
    await follow.body?.cancel();
  });

  it('says how long a file is', async () => {
    const { headers } = await head('/api/runs/live/files/pytorch_lora_weights.safetensors');
    expect(headers.get('content-length')).toBe(String(2 ** 20));
  });
});
