import { execFileSync } from 'node:child_process';
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { acquireLock, releaseLock } from '@bradley/formats';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { observeRun } from './observe.js';
import { closeRun, createRun, openRun } from './run-folder.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'observe-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** The state of a run that this process has open, as it is written. */
async function runningState(): Promise<string> {
  const run = join(folder, 'run');
  await createRun(run, '');
  const opened = await openRun(run, 10);
  const text = await readFile(join(run, 'state.json'), 'utf8');
  await closeRun(opened, { status: 'stopped' });
  return text;
}

describe('a run that says it runs', () => {
  it('is interrupted where nobody holds its lock', async () => {
    await writeFile(join(folder, 'state.json'), await runningState());
    expect(await observeRun(folder)).toMatchObject({ status: 'interrupted', attempt: 1 });
    const lock = await acquireLock(join(folder, 'lock'));
    expect(await observeRun(folder)).toMatchObject({ status: 'running' });
    await releaseLock(lock);
  });

  it.skipIf(process.platform === 'win32')('is not where it has begun while one looks', async () => {
    const state = await runningState();
    execFileSync('mkfifo', [join(folder, 'state.json')]);
    const observed = observeRun(folder);
    const written = await open(join(folder, 'state.json'), 'w'); // which waits for one who reads
    const lock = await acquireLock(join(folder, 'lock'));
    await written.writeFile(state);
    await written.close();
    expect(await observed).toMatchObject({ status: 'running' });
    await releaseLock(lock);
  });
});
