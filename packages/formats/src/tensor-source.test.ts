import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSafetensors, readSafetensors, writeSafetensors } from './safetensors.js';
import type { TensorEntry } from './safetensors-header.js';
import { float32Tensor, type Tensor } from './tensor.js';
import { reshapedSource, rowsOf, sourceOf, stackedSource, storedSource, transposedSource } from './tensor-source.js';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'source-'));
});
afterAll(() => rm(root, { recursive: true }));

const size = fc.integer({ min: 1, max: 5 });
const matrix = fc.tuple(size, size, fc.constantFrom('float32', 'bfloat16')).map(([rows, columns, dtype]): Tensor => {
  const numbers = Array.from({ length: rows * columns }, (_, i) => i);
  const data = dtype === 'float32' ? Float32Array.from(numbers) : Uint16Array.from(numbers);
  return { dtype: dtype as 'float32', shape: [rows, columns], data };
});

describe('a source', () => {
  it('transposed twice is itself, and once has rows for columns', () =>
    fc.assert(
      fc.asyncProperty(matrix, async (tensor) => {
        const once = transposedSource(sourceOf(tensor));
        expect(await transposedSource(once).read()).toEqual(tensor);
        const { data, shape } = await once.read();
        const [rows, columns] = tensor.shape as [number, number];
        expect(shape).toEqual([columns, rows]);
        for (let i = 0; i < data.length; i++)
          expect(data[i]).toBe(tensor.data[(i % rows) * columns + Math.floor(i / rows)]);
      }),
    ));

  it('stacked in a file is cut into the same again, in place', () =>
    fc.assert(
      fc.asyncProperty(matrix, async (tensor) => {
        const path = join(root, 'stacked.safetensors');
        const other: Tensor = { ...tensor, data: (tensor.data as Float32Array).map((x) => x + 100) };
        await writeSafetensors(path, new Map([['fused', stackedSource([tensor, other].map(sourceOf))]]));
        const entry = (await openSafetensors(path)).tensors.get('fused');
        const parts = [0, 1].map((i) => storedSource(path, rowsOf(entry as NonNullable<typeof entry>, i, 2)).read());
        expect(await Promise.all(parts)).toEqual([tensor, other]);
      }),
      { numRuns: 20 },
    ));

  it('stored the other way round is read the right way', () =>
    fc.assert(
      fc.asyncProperty(matrix, async (tensor) => {
        const path = join(root, 'turned.safetensors');
        await writeSafetensors(path, new Map([['turned', transposedSource(sourceOf(tensor))]]));
        const entry = (await openSafetensors(path)).tensors.get('turned') as TensorEntry;
        expect(await storedSource(path, { ...entry, shape: tensor.shape, transposed: true }).read()).toEqual(tensor);
      }),
      { numRuns: 20 },
    ));

  it('is refused in a shape of another size, or beside one of another type', () => {
    const a = sourceOf(float32Tensor([2, 3], new Float32Array(6)));
    expect(() => reshapedSource(a, [7])).toThrow('(2, 3) cannot be seen as (7)');
    expect(() => stackedSource([a, sourceOf(float32Tensor([2, 2], new Float32Array(4)))])).toThrow(
      'float32 (2, 2) cannot be stacked on float32 (2, 3)',
    );
  });
});

it('a file written from sources is the file written from their tensors; one that lies is not written', async () => {
  const tensors = new Map([
    ['a', float32Tensor([2], Float32Array.of(1, 2))],
    ['b', float32Tensor([1, 2], Float32Array.of(3, 4))],
  ]);
  const path = join(root, 'sources.safetensors');
  await writeSafetensors(path, new Map([...tensors].map(([name, tensor]) => [name, sourceOf(tensor)])));
  expect((await readSafetensors(path)).tensors).toEqual(tensors);
  const liar = { ...sourceOf(float32Tensor([3], new Float32Array(3))), shape: [2] };
  await expect(writeSafetensors(path, new Map([['a', liar]]))).rejects.toThrow(/'a': its source gave float32 \(3\)/);
  expect((await readSafetensors(path)).tensors).toEqual(tensors);
});
