import { mkdtemp, readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { float32Tensor, type Tensor, writeSafetensors } from '@bradley/formats';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { type ContentCache, cacheKey, contentCache } from './content-cache.js';

let folder: string;
let cache: ContentCache;
let made: number;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cache-'));
  cache = contentCache(folder);
  made = 0;
});

const tensors = new Map<string, Tensor>([
  ['mean', float32Tensor([2, 2], Float32Array.of(1, -0, 1e-30, 3.25))],
  ['logvar', float32Tensor([1], Float32Array.of(-30))],
]);
const make = async () => {
  made++;
  return tensors;
};
const key = cacheKey('latents', 'a picture');
const file = () => join(folder, key.slice(0, 2), `${key}.safetensors`);

describe('the cache', () => {
  it('makes an entry once, and gives it back as it was, to a later process too', async () => {
    expect(await cache.get(key, make)).toEqual(tensors);
    expect(await contentCache(folder).get(key, make)).toEqual(tensors);
    expect(made).toBe(1);
    expect(await readdir(join(folder, key.slice(0, 2)))).toEqual([`${key}.safetensors`]);
  });

  it.each([
    ['cut short', () => truncate(file(), 40)],
    ['empty', () => truncate(file(), 0)],
    ['something else', () => writeFile(file(), 'not a safetensors file at all')],
  ])('makes an entry again whose file is %s', async (_what, damage) => {
    await cache.get(key, make);
    const whole = await readFile(file());
    await damage();
    expect(await cache.get(key, make)).toEqual(tensors);
    expect(made).toBe(2);
    expect(await readFile(file())).toEqual(whole);
  });

  it('makes an entry again of which any one bit is not what was written', async () => {
    await cache.get(key, make);
    const whole = await readFile(file());
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: whole.length - 1 }), fc.nat({ max: 7 }), async (at, bit) => {
        const flipped = Buffer.from(whole);
        flipped[at] = (flipped[at] as number) ^ (1 << bit);
        await writeFile(file(), flipped);
        made = 0;
        expect(await cache.get(key, make)).toEqual(tensors);
        expect(made).toBe(1);
        expect(await readFile(file())).toEqual(whole);
      }),
      { numRuns: 25 }, // each waits for the disk
    );
  });

  it('makes an entry again that says nothing of its content', async () => {
    await cache.get(key, make);
    await writeSafetensors(file(), tensors);
    await cache.get(key, make);
    await cache.get(key, make);
    expect(made).toBe(2);
  });

  it('keeps nothing of what could not be made', async () => {
    await expect(cache.get(key, () => Promise.reject(new Error('no such picture')))).rejects.toThrow('no such picture');
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('the key of an entry', () => {
  const parts = fc.array(fc.string());
  it('differs where the parts differ, however they are split', () =>
    fc.assert(
      fc.property(parts, parts, (a, b) => {
        expect(cacheKey(...a) === cacheKey(...b)).toBe(JSON.stringify(a) === JSON.stringify(b));
      }),
    ));

  it('counts bytes, not letters', () => {
    expect(cacheKey('é', 'a')).not.toBe(cacheKey('é' + 'a'));
    expect(cacheKey('ab')).toBe(cacheKey(new TextEncoder().encode('ab')));
    expect(cacheKey('é')).toBe(cacheKey(new TextEncoder().encode('é')));
  });
});
