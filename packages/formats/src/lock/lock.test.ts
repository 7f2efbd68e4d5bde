import { spawn } from 'node:child_process';
import { mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { acquireLock, LockedError, readLock, releaseLock } from './lock.js';
import { identifyProcess } from './process-identity.js';

let path: string;
beforeEach(async () => {
  path = join(await mkdtemp(join(tmpdir(), 'lock-')), 'lock');
});

const dead = { id: 'dead', pid: 2 ** 22 + 1, host: hostname(), started: 'boot/1', at: '2026-01-01T00:00:00.000Z' };
const leave = (holder: object) => writeFile(path, JSON.stringify(holder));

describe('a lock', () => {
  it('is refused while its holder runs, and names it', async () => {
    await acquireLock(path);
    const second = acquireLock(path);
    await expect(second).rejects.toThrow(LockedError);
    await expect(second).rejects.toThrow(`held by process ${process.pid} on ${hostname()}`);
  });

  it('is free again once released, and leaves no other file', async () => {
    await releaseLock(await acquireLock(path));
    const lock = await acquireLock(path);
    await releaseLock(lock);
    expect(await readdir(join(path, '..'))).toEqual([]);
  });

  it('is taken over when its holder has ended', async () => {
    await leave(dead);
    await acquireLock(path);
    expect((await readLock(path))?.pid).toBe(process.pid);
    expect(await readdir(join(path, '..'))).toEqual(['lock']);
  });

  it.skipIf(process.platform !== 'linux')('is taken over when its pid now belongs to another process', async () => {
    const child = spawn('sleep', ['30']);
    const identity = await identifyProcess(child.pid ?? 0);
    await leave({ ...dead, ...identity });
    await expect(acquireLock(path)).rejects.toThrow(LockedError);
    await leave({ ...dead, ...identity, started: `${identity?.started}0` });
    await acquireLock(path);
    child.kill();
  });

  it('of another computer is never taken over, and the error says what to do', async () => {
    await leave({ ...dead, host: 'elsewhere' });
    await expect(acquireLock(path)).rejects.toThrow(/elsewhere.*delete this file/s);
  });

  it('goes to exactly one of many that find the same dead holder at once', async () => {
    await leave(dead);
    const tries = await Promise.allSettled(Array.from({ length: 20 }, () => acquireLock(path)));
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('is not released by one who no longer holds it', async () => {
    const lock = await acquireLock(path);
    await leave({ ...lock.holder, id: 'another' });
    await releaseLock(lock);
    expect((await readLock(path))?.id).toBe('another');
  });

  it('is left alone when the file is not a lock', async () => {
    await writeFile(path, 'hello');
    await expect(acquireLock(path)).rejects.toThrow('not a lock file of ours');
  });
});
