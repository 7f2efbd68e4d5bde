import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { identifyProcess } from '@bradley/formats';
import { observeRun } from '@bradley/train';
import { beforeAll, describe, expect, it } from 'vitest';
import { tinyRun, tinyWorkplace } from './tiny-model.test-support.js';
import { loraFile } from './write-result.js';

/** How often the run is killed: twenty times takes about a minute. */
const kills = Number(process.env.BRADLEY_KILLS ?? 3);
/** More than can be made between as many kills. */
const steps = 24 + 6 * Math.max(0, kills - 3);

const built = new URL('../../dist/run/start-run.js', import.meta.url);
const { startRun, resumeRun } = existsSync(fileURLToPath(built))
  ? ((await import(built.href)) as typeof import('./start-run.js'))
  : { startRun: undefined, resumeRun: undefined };

let base: string;
beforeAll(async () => {
  base = await tinyWorkplace();
});

const attempts = async (folder: string): Promise<number> => (await observeRun(folder))?.attempt ?? 0;
const records = async (folder: string): Promise<Record<string, unknown>[]> =>
  (await readFile(join(folder, 'metrics.jsonl'), 'utf8').catch(() => ''))
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));

async function ended(pid: number): Promise<void> {
  while ((await identifyProcess(pid)) !== null) await sleep(2);
}

/** Kills the process at a random moment: while it starts, or in or between the steps after it has opened the run. */
async function killSomewhere(folder: string, pid: number, before: number): Promise<void> {
  if (Math.random() < 0.25) await sleep(600 * Math.random());
  else {
    const runs = async (): Promise<boolean> => (await identifyProcess(pid)) !== null;
    while ((await attempts(folder)) === before && (await runs())) await sleep(2);
    const target = (await records(folder)).length + Math.floor(5 * Math.random());
    while ((await records(folder)).length < target && (await runs())) await sleep(1);
    await sleep(12 * Math.random());
  }
  process.kill(pid, 'SIGKILL');
  await ended(pid);
}

const withoutTimes = (all: Record<string, unknown>[]) =>
  all.map(({ seconds: _seconds, examplesPerSecond: _rate, at: _at, ...rest }) => rest);

describe('a run that is killed again and again', () => {
  it(`ends after ${kills} kills with the file, byte for byte, and the record of one that was not`, {
    timeout: 120_000 + 40_000 * kills,
  }, async () => {
    if (!startRun) throw new Error('child processes run from dist: npm run build first');
    const reference = await startRun(tinyRun(base, 'whole', { 'train.steps': steps }));
    await ended(reference.pid);
    expect(await observeRun(reference.folder)).toMatchObject({ status: 'finished', step: steps, attempt: 1 });

    const { folder, pid } = await startRun(tinyRun(base, 'killed', { 'train.steps': steps }));
    let current = pid;
    for (let kill = 0; kill < kills; kill++) {
      await killSomewhere(folder, current, await attempts(folder));
      expect((await observeRun(folder))?.status ?? 'interrupted').toBe('interrupted');
      current = (await resumeRun(folder)).pid;
    }
    await ended(current);
    expect(await observeRun(folder), await readFile(join(folder, 'log.txt'), 'utf8')).toMatchObject({
      status: 'finished',
      step: steps,
    });

    const written = (run: string) => readFile(join(run, loraFile));
    expect((await written(folder)).equals(await written(reference.folder))).toBe(true);
    const record = withoutTimes(await records(folder));
    expect(record.map(({ step }) => step)).toEqual(Array.from({ length: steps }, (_, i) => i + 1));
    expect(record).toEqual(withoutTimes(await records(reference.folder)));
  });
});
