import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { replaceFile, writeFileAtomic } from './atomic-file.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atomic-'));
});
afterAll(() => rm(folder, { recursive: true }));

it('replaces text and bytes as a whole', async () => {
  const path = join(folder, 'state.json');
  await writeFileAtomic(path, '{"step":1}');
  await writeFileAtomic(path, Uint8Array.of(0x7b, 0x7d));
  expect(await readFile(path, 'utf8')).toBe('{}');
  expect(await readdir(folder)).toEqual(['state.json']);
});

it('leaves the old file and no other when writing fails half way', async () => {
  const path = join(folder, 'state.json');
  await writeFileAtomic(path, 'old');
  const failing = replaceFile(path, async (file) => {
    await file.write('half of the n');
    throw new Error('ENOSPC: no space left on device, write');
  });
  await expect(failing).rejects.toThrow(/state\.json: cannot be written.*ENOSPC/);
  expect(await readFile(path, 'utf8')).toBe('old');
  expect(await readdir(folder)).toEqual(['state.json']);
});

it('serves the last of many writers, never a mixture', async () => {
  const path = join(folder, 'state.json');
  const contents = Array.from({ length: 16 }, (_, i) => String(i).repeat(10_000));
  await Promise.all(contents.map((content) => writeFileAtomic(path, content)));
  expect(contents).toContain(await readFile(path, 'utf8'));
  expect(await readdir(folder)).toEqual(['state.json']);
});

it('fails plainly when the folder is missing', async () => {
  await expect(writeFileAtomic(join(folder, 'none', 'state.json'), '')).rejects.toThrow(/ENOENT.*none/);
});
