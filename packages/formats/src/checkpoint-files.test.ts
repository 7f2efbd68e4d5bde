import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCheckpoint } from './checkpoint-files.js';
import { readTensor, writeSafetensors } from './safetensors.js';
import { SafetensorsError } from './safetensors-header.js';
import { float32Tensor } from './tensor.js';
import type { WeightSearch } from './weight-names.js';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'checkpoint-'));
});
afterAll(() => rm(root, { recursive: true }));

/** A folder with safetensors files, each of one-element tensors, and an index. */
async function folderOf(
  files: Record<string, Record<string, number>>,
  indexes: Record<string, unknown> = {},
): Promise<string> {
  const folder = await mkdtemp(join(root, 'model-'));
  for (const [file, tensors] of Object.entries(files)) {
    const entries = Object.entries(tensors).map(
      ([name, value]) => [name, float32Tensor([1], Float32Array.of(value))] as const,
    );
    await writeSafetensors(join(folder, file), new Map(entries));
  }
  for (const [file, value] of Object.entries(indexes)) {
    await writeFile(join(folder, file), typeof value === 'string' ? value : JSON.stringify(value));
  }
  return folder;
}

async function valueIn(path: string, name: string, search?: WeightSearch): Promise<number | bigint | undefined> {
  const found = (await openCheckpoint(path, search)).get(name);
  return found && (await readTensor(found.file, name)).data[0];
}

describe('a folder', () => {
  it('gives the full-precision file before the fp16 one', async () => {
    const both = { 'model.safetensors': { a: 32 }, 'model.fp16.safetensors': { a: 16 } };
    expect(await valueIn(await folderOf(both), 'a')).toBe(32);
    expect(await valueIn(await folderOf({ 'model.fp16.safetensors': { a: 16 } }), 'a')).toBe(16);
  });

  it('gives the file of the base name asked for', async () => {
    const folder = await folderOf({ 'model.safetensors': { a: 1 }, 'adapter.safetensors': { a: 2 } });
    expect(await valueIn(folder, 'a', { baseName: 'adapter' })).toBe(2);
    expect(await valueIn(join(folder, 'adapter.safetensors'), 'a')).toBe(2);
  });

  it('gives its only file whatever its name', async () => {
    expect(await valueIn(await folderOf({ 'v1-5-pruned.safetensors': { a: 3 } }), 'a')).toBe(3);
  });

  it('lists what is there when nothing fits', async () => {
    const folder = await folderOf({ 'one.safetensors': { a: 1 }, 'two.safetensors': { a: 2 } });
    await expect(openCheckpoint(folder)).rejects.toThrow(
      /expected one of diffusion_pytorch_model.*found one\.safetensors, two/,
    );
    await expect(openCheckpoint(join(root, 'nowhere'))).rejects.toThrow(SafetensorsError);
  });
});

describe('shards', () => {
  const files = { 'm-1.safetensors': { a: 1, spare: 9 }, 'm-2.safetensors': { b: 2 } };
  const name = 'diffusion_pytorch_model.safetensors.index.json';

  it('are one map of the tensors the index names', async () => {
    const weight_map = { a: 'm-1.safetensors', b: 'm-2.safetensors' };
    const folder = await folderOf(files, { [name]: { metadata: {}, weight_map } });
    expect([...(await openCheckpoint(folder)).keys()]).toEqual(['a', 'b']);
    expect(await valueIn(folder, 'b')).toBe(2);
    expect(await valueIn(join(folder, name), 'a')).toBe(1);
  });

  it.each<[string, unknown, RegExp]>([
    ['a shard that is missing', { weight_map: { a: 'm-3.safetensors' } }, /m-3\.safetensors: there is no such file/],
    ['a tensor that its shard lacks', { weight_map: { b: 'm-1.safetensors' } }, /'b' should be in m-1/],
    ['a path out of the folder', { weight_map: { a: '../m-1.safetensors' } }, /not a file beside/],
    ['a path out of the folder in disguise', { weight_map: { a: 'x/../../m-1.safetensors' } }, /not a file beside/],
    ['an absolute path', { weight_map: { a: '/etc/passwd' } }, /not a file beside/],
    ['a Windows path', { weight_map: { a: '..\\m-1.safetensors' } }, /not a file beside/],
    ['a shard that is no text', { weight_map: { a: 7 } }, /not an index of shards/],
    ['no weight_map', {}, /weight_map/],
    ['an empty weight_map', { weight_map: {} }, /empty/],
    ['what is no JSON', '{', /not an index of shards/],
  ])('are refused for %s', async (_, index, message) => {
    const folder = await folderOf(files, { [name]: index });
    await mkdir(join(folder, 'x'), { recursive: true });
    const failure = openCheckpoint(folder);
    await expect(failure).rejects.toThrow(SafetensorsError);
    await expect(failure).rejects.toThrow(message);
  });
});
