import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { identifyProcess } from '@bradley/formats';
import { observeRun } from '@bradley/train';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { tinyRun, tinyWorkplace } from './tiny-model.test-support.js';
import { loraFile } from './write-result.js';

/** How often the run is killed: twenty times takes about a minute. */
const kills = Number(process.env.BRADLEY_KILLS ?? 3);
/** More than can be made between as many kills, each of which lets nine be made at most. */
const steps = 10 * kills;

const built = new URL('../../dist/run/start-run.js', import.meta.url);
const { startRun, resumeRun } = existsSync(fileURLToPath(built))
  ? ((await import(built.href)) as typeof import('./start-run.js'))
  : { startRun: undefined, resumeRun: undefined };

let base: string;
beforeAll(async () => {
  base = await tinyWorkplace();
});

const records = async (folder: string): Promise<Record<string, unknown>[]> =>
  (await readFile(join(folder, 'metrics.jsonl'), 'utf8').catch(() => ''))
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));

async function ended(pid: number): Promise<void> {
  while ((await identifyProcess(pid)) !== null) await sleep(2);
}

/**
 * The environment of a run that kills itself at a random moment: while it starts, or in or between the steps after it has opened the
 * run. It does so itself so that how far it comes is not a matter of how soon another process has its turn.
 */
async function killedSomewhere(folder: string): Promise<string> {
  const there = (await records(folder)).length;
  const starting = Math.random() < 0.25;
  const killer = `
    import { readFileSync } from 'node:fs';
    const began = performance.now();
    const lines = () => { try { return readFileSync(${JSON.stringify(join(folder, 'metrics.jsonl'))}, 'utf8').split('\\n').length - 1; } catch { return 0; } };
    const kill = () => process.kill(process.pid, 'SIGKILL');
    const [soonest, latest] = [${there + Math.floor(5 * Math.random())}, ${there + 7}];
    let reached = false;
    setInterval(() => {
      if (lines() >= latest || (${starting} && performance.now() - began > ${600 * Math.random()})) kill();
      if (reached || lines() < soonest || lines() <= ${there}) return;
      reached = true;
      setTimeout(kill, ${12 * Math.random()});
    }, 1).unref();`;
  return `--import data:text/javascript,${encodeURIComponent(killer)}`;
}

const withoutTimes = (all: Record<string, unknown>[]) =>
  all.map(({ seconds: _seconds, examplesPerSecond: _rate, at: _at, ...rest }) => rest);

describe('a run that is killed again and again', () => {
  it(`ends after ${kills} kills with the file, byte for byte, and the record of one that was not`, {
    timeout: 300_000 + 100_000 * kills,
  }, async () => {
    if (!startRun) throw new Error('child processes run from dist: npm run build first');
    const reference = await startRun(tinyRun(base, 'whole', { 'train.steps': steps }));
    await ended(reference.pid);
    expect(await observeRun(reference.folder)).toMatchObject({ status: 'finished', step: steps, attempt: 1 });

    const config = tinyRun(base, 'killed', { 'train.steps': steps });
    const folder = config.output;
    for (let kill = 0; kill < kills; kill++) {
      vi.stubEnv('NODE_OPTIONS', await killedSomewhere(folder));
      const { pid } = kill === 0 ? await startRun(config) : await resumeRun(folder);
      await ended(pid);
      expect((await observeRun(folder))?.status ?? 'interrupted').toBe('interrupted');
    }
    vi.unstubAllEnvs();
    await ended((await resumeRun(folder)).pid);
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
