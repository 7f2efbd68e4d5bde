import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { identifyProcess } from '@bradley/formats';
import { beforeAll, describe, expect, it } from 'vitest';
import { askRun } from './control.js';
import { observeRun } from './observe.js';
import { closeRun, createRun, openRun } from './run-folder.js';
import { spawnRun } from './spawn.js';
import { NotStartedError, type RunEvent, tailRun } from './tail.js';

const built = new URL('../../dist/run-folder/', import.meta.url);

/** A run that does nothing but log and save: at step n the checkpoint holds n, 5000 times, in two files. */
const trainer = `
import { writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { readControl } from ${JSON.stringify(new URL('control.js', built))};
import { appendMetrics } from ${JSON.stringify(new URL('metrics.js', built))};
import { closeRun, openRun, saveCheckpoint } from ${JSON.stringify(new URL('run-folder.js', built))};
const run = await openRun(process.argv[2], 5000);
for (let step = run.state.step + 1; step <= 5000; step++) {
  await appendMetrics(run.metrics, { step, loss: 1 / step });
  await saveCheckpoint(run, step, {
    keep: 3,
    score: -Math.abs(step - 20),
    write: async (part) => {
      await writeFile(part + '/a.bin', String(step).repeat(5000));
      await writeFile(part + '/b.bin', String(step).repeat(5000));
    },
  });
  if ((await readControl(process.argv[2])).stop) {
    await closeRun(run, { status: 'stopped' });
    break;
  }
  await sleep(1);
}
`;

let folder: string;
let entry: string;
beforeAll(async () => {
  if (!existsSync(fileURLToPath(new URL('run-folder.js', built))))
    throw new Error('child processes run from dist: npm run build first');
  const base = await mkdtemp(join(tmpdir(), 'crash-'));
  folder = join(base, 'run');
  entry = join(base, 'trainer.mjs');
  await writeFile(entry, trainer);
  await createRun(folder, 'train: {}\n');
});

async function ended(pid: number): Promise<void> {
  while ((await identifyProcess(pid)) !== null) await sleep(5);
}

describe('a run whose process is killed', () => {
  it('at any moment always opens, and what it resumes from is whole', async () => {
    let reached = 0;
    for (let round = 0; round < 8; round++) {
      const pid = await spawnRun(folder, entry);
      const before = (await observeRun(folder))?.attempt ?? 0;
      const runs = async () => (await identifyProcess(pid)) !== null;
      while (((await observeRun(folder))?.attempt ?? 0) === before && (await runs())) await sleep(5);
      // Every other time after a checkpoint at least, however slow the disk is.
      while (round % 2 === 1 && ((await observeRun(folder))?.step ?? 0) <= reached && (await runs())) await sleep(5);
      await sleep(Math.random() * 120);
      process.kill(pid, 'SIGKILL');
      await ended(pid);
      expect((await observeRun(folder))?.status, await readFile(join(folder, 'log.txt'), 'utf8')).toBe('interrupted');

      const run = await openRun(folder, 5000);
      expect(run.damaged).toEqual([]);
      const names = await readdir(join(folder, 'checkpoints')).catch(() => []);
      expect(names.filter((name) => !/^step-\d{6}$/.test(name))).toEqual([]);
      const step = run.resume?.manifest.step ?? 0;
      expect(step).toBeGreaterThanOrEqual(reached);
      reached = step;
      if (run.resume !== null)
        expect(await readFile(join(run.resume.path, 'b.bin'), 'utf8')).toBe(String(step).repeat(5000));
      const records = (await readFile(join(folder, 'metrics.jsonl'), 'utf8')).split('\n').slice(0, -1);
      expect(records.map((line) => JSON.parse(line).step)).toEqual(Array.from({ length: step }, (_, i) => i + 1));
      await closeRun(run, { status: 'stopped' });
    }
    expect(reached).toBeGreaterThan(0);
  });
});

describe('tailRun', () => {
  it('follows a started run over a kill and a resume, record by record', async () => {
    const seen: number[] = [];
    const events: RunEvent[] = [];
    const follow = async (pid: number, until: (event: RunEvent) => unknown) => {
      for await (const event of tailRun(folder, { pid })) {
        events.push(event);
        if (event.kind === 'metrics') seen.push(event.record.step);
        await until(event);
      }
    };
    const first = await spawnRun(folder, entry);
    let opened = 0; // records seen since the process opened the run; the ones before are of its past
    await follow(first, (event) => {
      if (event.kind === 'state' && event.state.pid === first) opened ||= 1;
      if (event.kind === 'metrics' && opened > 0 && ++opened === 30) process.kill(first, 'SIGKILL');
    });
    expect(events.at(-1)).toMatchObject({ kind: 'state', state: { status: 'interrupted' } });

    seen.length = 0;
    const second = await spawnRun(folder, entry);
    await follow(second, async (event) => {
      if (event.kind === 'state' && event.state.pid === second) await askRun(folder, { pause: false, stop: true });
    });
    expect(events.at(-1)).toMatchObject({ kind: 'state', state: { status: 'stopped', pid: second } });
    // The tail began before the process had cut the file: those steps came, were taken back, and came again.
    const steps = seen.slice(seen.lastIndexOf(1));
    expect(new Set(steps)).toEqual(new Set(Array.from({ length: Math.max(...steps) }, (_, i) => i + 1)));
  });

  it('ends at once, with the whole record, for a run that has ended', async () => {
    const kinds: string[] = [];
    for await (const event of tailRun(folder)) kinds.push(event.kind);
    expect(kinds.at(-1)).toBe('state');
    expect(kinds.length).toBeGreaterThan(20);
  });

  it('ends when it is aborted', async () => {
    const run = await openRun(folder, 5000);
    const aborted = new AbortController();
    setTimeout(() => aborted.abort(), 100);
    for await (const _ of tailRun(folder, { signal: aborted.signal }));
    await closeRun(run, { status: 'stopped' });
  });

  it('says where to look when the process ends before it opened the run', async () => {
    await writeFile(`${entry}.broken.mjs`, 'throw new Error("no such model");');
    const pid = await spawnRun(folder, `${entry}.broken.mjs`);
    const follow = async () => {
      for await (const _ of tailRun(folder, { pid }));
    };
    const following = follow();
    await expect(following).rejects.toThrow(NotStartedError);
    await expect(following).rejects.toThrow(/log\.txt says why/);
    expect(await readFile(join(folder, 'log.txt'), 'utf8')).toContain('no such model');
  });
});

describe.skipIf(process.platform !== 'linux')('spawnRun', () => {
  it('starts the process with the allocator set, keeping what the environment sets', async () => {
    const print = `${entry}.print.mjs`;
    await writeFile(print, 'console.log("tunables", process.env.GLIBC_TUNABLES)');
    process.env.GLIBC_TUNABLES = 'glibc.malloc.hugetlb=0';
    await ended(await spawnRun(folder, print));
    delete process.env.GLIBC_TUNABLES;
    expect(await readFile(join(folder, 'log.txt'), 'utf8')).toContain(
      'tunables glibc.malloc.hugetlb=0:glibc.malloc.mmap_threshold=8589934592:glibc.malloc.trim_threshold=17179869184',
    );
  });
});
