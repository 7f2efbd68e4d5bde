import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { identifyProcess } from '@bradley/formats';
import { checkDevice } from '@bradley/runtime';
import { observeRun } from '@bradley/train';
import { beforeAll, describe, expect, it } from 'vitest';
import { tinyRun, tinyWorkplace } from './tiny-model.test-support.js';
import { loraFile } from './write-result.js';

// Child processes run from dist.
const { startRun, resumeRun } = (await import(
  new URL('../../dist/run/start-run.js', import.meta.url).href
)) as typeof import('./start-run.js');

const { reason } = await checkDevice('webgpu');
if (reason) console.warn(`Skipped, for there is no WebGPU adapter: ${reason}`);

type Line = Record<string, number>;
const lines = async (folder: string): Promise<Line[]> =>
  (await readFile(join(folder, 'metrics.jsonl'), 'utf8').catch(() => ''))
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));

async function ended(pid: number): Promise<void> {
  while ((await identifyProcess(pid)) !== null) await sleep(20);
}

describe.skipIf(reason)('a run on WebGPU', () => {
  let base: string;
  const settings = { 'train.steps': 4, 'train.accumulate': 2, 'train.ema.decay': 0.9, 'train.checkpointEvery': 1 };
  const whole = async (device: string): Promise<string> => {
    const { folder, pid } = await startRun(tinyRun(base, `on ${device}`, { ...settings, 'train.device': device }));
    await ended(pid);
    expect(await observeRun(folder), await readFile(join(folder, 'log.txt'), 'utf8')).toMatchObject({
      status: 'finished',
    });
    return folder;
  };
  let uninterrupted: string;
  beforeAll(async () => {
    base = await tinyWorkplace();
    uninterrupted = await whole('webgpu');
  });

  it('has the losses and gradients of one on the CPU', async () => {
    const [there, here] = [await lines(uninterrupted), await lines(await whole('cpu'))];
    expect(there.map(({ step }) => step)).toEqual([1, 2, 3, 4]);
    for (const [i, { loss, gradientNorm, modelError }] of here.entries()) {
      expect(there[i]?.loss).toBeCloseTo(loss as number, 4);
      expect((there[i]?.gradientNorm as number) / (gradientNorm as number)).toBeCloseTo(1, 3);
      expect((there[i]?.modelError as number) / (modelError as number)).toBeCloseTo(1, 5);
    }
  });

  it('that was killed goes on from what its checkpoint read back, to the same bytes', async () => {
    const { folder, pid } = await startRun(tinyRun(base, 'killed', { ...settings, 'train.device': 'webgpu' }));
    while ((await lines(folder)).length < 2 && (await identifyProcess(pid)) !== null) await sleep(5);
    process.kill(pid, 'SIGKILL');
    await ended(pid);
    expect((await observeRun(folder))?.status).toBe('interrupted');
    await ended((await resumeRun(folder)).pid);
    const written = (run: string): Promise<Buffer> => readFile(join(run, loraFile));
    expect((await written(folder)).equals(await written(uninterrupted))).toBe(true);
    const losses = async (run: string) => (await lines(run)).map(({ step, loss }) => [step, loss]);
    expect(await losses(folder)).toEqual(await losses(uninterrupted));
  });
});
