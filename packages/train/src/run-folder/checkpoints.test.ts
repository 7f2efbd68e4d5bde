import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  bestCheckpoint,
  listCheckpoints,
  newestWhole,
  pruneCheckpoints,
  removeParts,
  writeCheckpoint,
} from './checkpoints.js';
import { FullDiskError } from './full-disk.js';

let checkpoints: string;
beforeEach(async () => {
  checkpoints = join(await mkdtemp(join(tmpdir(), 'checkpoints-')), 'checkpoints');
});

const fill = (text: string) => async (folder: string) => {
  await writeFile(join(folder, 'adapter.bin'), text);
  await mkdir(join(folder, 'optimizer'));
  await writeFile(join(folder, 'optimizer', 'moments.bin'), text.repeat(2));
};
const save = (step: number, score: number | null = null) => writeCheckpoint(checkpoints, step, score, fill(`${step}`));
const names = async () => (await listCheckpoints(checkpoints)).map(({ name }) => name);

describe('a checkpoint', () => {
  it('is a folder of the files written, with a manifest of all of them', async () => {
    const { path, manifest } = await save(123);
    expect(path).toBe(join(checkpoints, 'step-000123'));
    expect(Object.keys(manifest.files)).toEqual(['adapter.bin', 'optimizer/moments.bin']);
    expect(manifest.files['adapter.bin']?.bytes).toBe(3);
    expect((await newestWhole(checkpoints)).newest?.manifest).toEqual(manifest);
  });

  it('does not appear when writing it fails, and the previous one stays', async () => {
    await save(1);
    const failing = writeCheckpoint(checkpoints, 2, null, async (folder) => {
      await writeFile(join(folder, 'adapter.bin'), 'half');
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    });
    await expect(failing).rejects.toThrow(FullDiskError);
    await expect(failing).rejects.toThrow(/step-000002: the disk is full, this checkpoint was not written.*intact/);
    expect(await readdir(checkpoints)).toEqual(['step-000001']);
  });

  it('of a step that has one is refused', async () => {
    await save(1);
    await expect(save(1)).rejects.toThrow('there is a checkpoint of step 1 already');
  });

  it.each([
    ['cut short', (file: string) => truncate(file, 1), /has 1 bytes, its manifest says 2/],
    ['missing', (file: string) => rm(file), /is missing/],
    ['changed', (file: string) => writeFile(file, '13'), /has other content/],
  ])('with a file %s is put aside, and the one before is the newest', async (_, damage, message) => {
    await save(11);
    await save(12);
    await damage(join(checkpoints, 'step-000012', 'adapter.bin'));
    const { newest, damaged } = await newestWhole(checkpoints);
    expect(newest?.name).toBe('step-000011');
    expect(damaged).toHaveLength(1);
    expect(damaged[0]?.damage).toMatch(message);
    expect((await save(12)).name).toBe('step-000012');
  });

  it('without a readable manifest is no checkpoint', async () => {
    await save(1);
    await save(2);
    await truncate(join(checkpoints, 'step-000002', 'manifest.json'), 5);
    expect((await newestWhole(checkpoints)).newest?.name).toBe('step-000001');
  });
});

describe('the checkpoints of a run', () => {
  it('are kept by number, and the best besides', async () => {
    for (const [step, score] of [0.1, 0.9, 0.3, 0.9, 0.2, 0.4].entries()) await save(step + 1, score);
    await pruneCheckpoints(checkpoints, 1);
    expect(await names()).toEqual(['step-000004', 'step-000006']);
    expect(await readdir(checkpoints)).toEqual(['step-000004', 'step-000006']);
  });

  it('have no best without scores, and the last is never removed', async () => {
    await save(1);
    await save(2);
    await pruneCheckpoints(checkpoints, 0);
    expect(await names()).toEqual(['step-000002']);
    expect(bestCheckpoint(await listCheckpoints(checkpoints))).toBeNull();
  });

  it('are sorted by step beyond six digits', async () => {
    for (const step of [1_000_000, 999_999]) await save(step);
    expect(await names()).toEqual(['step-999999', 'step-1000000']);
    expect((await newestWhole(checkpoints)).newest?.manifest.step).toBe(1_000_000);
  });

  it('lose what a killed process left half-written', async () => {
    await save(1);
    await mkdir(join(checkpoints, '.part-step-000002'));
    await removeParts(checkpoints);
    expect(await readdir(checkpoints)).toEqual(['step-000001']);
  });
});

describe.skipIf(!canMount())('on a disk that is really full', () => {
  it('a checkpoint fails with a clear error, and the previous one opens', async () => {
    await mkdir(checkpoints);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', checkpoints]);
    try {
      await save(1);
      const big = writeCheckpoint(checkpoints, 2, null, (folder) =>
        writeFile(join(folder, 'adapter.bin'), new Uint8Array(1 << 20)),
      );
      await expect(big).rejects.toThrow(/the disk is full.*Make room, then resume/s);
      expect(await readFile(join(checkpoints, 'step-000001', 'adapter.bin'), 'utf8')).toBe('1');
      expect((await newestWhole(checkpoints)).newest?.name).toBe('step-000001');
      expect(await readdir(checkpoints)).toEqual(['step-000001']);
    } finally {
      execFileSync('umount', [checkpoints]);
    }
  });
});

/** Only root of a machine that allows it can make a small disk to fill. */
function canMount(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  try {
    execFileSync('unshare', ['-m', 'mount', '-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', tmpdir()], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
