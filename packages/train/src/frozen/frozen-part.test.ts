import { spawnSync } from 'node:child_process';
import { copyFile, mkdtemp, readdir, readFile, rm, stat, truncate, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  float16ToFloat32,
  float32Tensor,
  float32ToFloat16,
  openSafetensors,
  readSafetensors,
  type Tensor,
  toFloat32,
  writeSafetensors,
} from '@bradley/formats';
import { graph, input } from '@bradley/graph';
import {
  checkpointStore,
  type Part,
  readStoredTensor,
  type StoredTensor,
  type UNetConfig,
  unetConfigSchema,
  unetNetwork,
} from '@bradley/models';
import { evaluate } from '@bradley/runtime';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { frozenPart, plannedFrozenPart } from './frozen-part.js';

const fixtures = fileURLToPath(new URL('../../../../fixtures', import.meta.url));
/** The fixture's matrices have some hundred numbers. */
const all = { smallest: 64 };

let base: string;
let unet: Part<UNetConfig>;
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'frozen-'));
  const file = join(base, 'unet.safetensors');
  await copyFile(join(fixtures, 'unet_sd15.weights.safetensors'), file);
  unet = await partOf(file);
});
afterEach(() => rm(base, { recursive: true }));

async function partOf(file: string): Promise<Part<UNetConfig>> {
  const { config } = JSON.parse(await readFile(join(fixtures, 'unet_sd15.json'), 'utf8'));
  const { tensors } = await openSafetensors(file);
  const places = new Map([...tensors].map(([name, entry]) => [name, { file, ...entry }]));
  return { path: file, config: unetConfigSchema.parse(config), tensors: places };
}

async function eachTensor(
  part: Part<UNetConfig>,
  check: (before: Float32Array, after: Float32Array, where: StoredTensor) => void,
): Promise<void> {
  for (const [name, where] of part.tensors)
    check(await readStoredTensor(unet.tensors.get(name) as StoredTensor), await readStoredTensor(where), where);
}

describe('frozen weights in float16', () => {
  it('are the matrices and kernels rounded to nearest even, and everything else where it lies', async () => {
    const { part, converted, file } = await frozenPart(unet, 'float16', join(base, 'cache'), all);
    let moved = 0;
    await eachTensor(part, (before, after, where) => {
      const rounded = where.file === file;
      if (rounded) moved++;
      expect(rounded).toBe(where.shape.length >= 2 && before.length >= all.smallest);
      expect(after).toEqual(rounded ? float16ToFloat32(float32ToFloat16(before)) : before);
    });
    expect(moved).toBe(converted);
    expect(moved).toBeGreaterThan(100);
  });

  it('stay where they lie when they have 16 bits already', async () => {
    const { tensors } = await readSafetensors(unet.path);
    const narrow = new Map(
      [...tensors].map(([name, t]) => [
        name,
        { ...t, dtype: 'float16' as const, data: float32ToFloat16(toFloat32(t)) },
      ]),
    );
    await writeSafetensors(unet.path, narrow);
    const stored = await partOf(unet.path);
    expect(await frozenPart(stored, 'float16', join(base, 'cache'), all)).toEqual({
      part: stored,
      converted: 0,
      file: null,
    });
  });

  it('are refused where a number is past the largest, by the name of the tensor, and nothing is left behind', async () => {
    const { tensors } = await readSafetensors(unet.path);
    const name = 'mid_block.resnets.0.conv1.weight';
    const { shape, data } = tensors.get(name) as Tensor;
    (data as Float32Array)[7] = -65520;
    await writeSafetensors(unet.path, tensors.set(name, float32Tensor(shape, data as Float32Array)));
    const rounding = frozenPart(await partOf(unet.path), 'float16', join(base, 'cache'), all);
    await expect(rounding).rejects.toThrow(/mid_block\.resnets\.0\.conv1\.weight: .*-65520, but float16 ends at 65504/);
    expect(await readdir(join(base, 'cache', 'weights'))).toEqual([]);
  });
});

describe('frozen weights in int8', () => {
  it('are within half a step of what they were', async () => {
    const { part, file } = await frozenPart(unet, 'int8', join(base, 'cache'), all);
    await eachTensor(part, (before, after, { file: where, shape }) => {
      if (where !== file) return expect(after).toEqual(before);
      const columns = before.length / (shape[0] as number);
      for (let row = 0; row < before.length; row += columns) {
        const largest = before.subarray(row, row + columns).reduce((most, w) => Math.max(most, Math.abs(w)), 0);
        for (let i = row; i < row + columns; i++)
          if (Math.abs((before[i] as number) - (after[i] as number)) > (largest / 254) * (1 + 1e-4))
            expect.fail(`number ${i} moved from ${before[i]} to ${after[i]}`);
      }
    });
  });

  it.each(['packed', 'mapped'] as const)('compute what the same numbers in float32 do, %s', async (weights) => {
    const { part } = await frozenPart(unet, 'int8', join(base, 'cache'), all);
    const wide = new Map<string, Tensor>();
    for (const [name, where] of part.tensors) wide.set(name, float32Tensor(where.shape, await readStoredTensor(where)));
    await writeSafetensors(join(base, 'wide.safetensors'), wide);
    const [quantised, same, exact] = [
      await predict(part, weights),
      await predict(await partOf(join(base, 'wide.safetensors')), weights),
      await predict(unet, weights),
    ];
    const scale = exact.reduce((most, y) => Math.max(most, Math.abs(y)), 0);
    expect(furthest(quantised, same)).toBeLessThan(1e-6 * scale);
    expect(furthest(quantised, exact)).toBeLessThan(5e-2 * scale);
    expect(furthest(quantised, exact)).toBeGreaterThan(1e-4 * scale);
  });
});

const furthest = (a: Float32Array, b: Float32Array): number =>
  a.reduce((most, x, i) => Math.max(most, Math.abs(x - (b[i] as number))), 0);

async function predict({ config, tensors, path }: Part<UNetConfig>, weights: 'packed' | 'mapped') {
  const { tensors: io } = await readSafetensors(join(fixtures, 'unet_sd15.io.safetensors'));
  const given = (name: string): Tensor => io.get(`in.${name}`) as Tensor;
  const at = (name: string) => input(name, given(name).shape);
  const y = unetNetwork(config, checkpointStore(tensors, path))(at('sample'), at('timestep'), {
    encoderHiddenStates: at('encoder_hidden_states'),
  });
  const names = ['sample', 'timestep', 'encoder_hidden_states'];
  const feeds = Object.fromEntries(names.map((name) => [name, toFloat32(given(name))]));
  return (await evaluate(graph({ y }), feeds, { weights })).y?.data as Float32Array;
}

it('says what weights take before they are rounded', () => {
  const stored = (dtype: string, bytes: number, ...shape: number[]) => ({
    file: '/unet.safetensors',
    dtype,
    shape,
    offset: 0,
    byteLength: bytes * shape.reduce((product, n) => product * n, 1),
  });
  const tensors = new Map([
    ['wide.weight', stored('float32', 4, 1024, 1024)],
    ['half.weight', stored('bfloat16', 2, 512, 512)],
    ['long.bias', stored('float32', 4, 2 ** 18)],
    ['small.weight', stored('float32', 4, 511, 512)],
  ]);
  const left = 4 * (2 ** 18 + 511 * 512);
  const bytes = (precision: 'stored' | 'float16' | 'int8') =>
    [...plannedFrozenPart({ ...unet, tensors }, precision).tensors.values()].reduce(
      (total, { byteLength, scales }) => total + byteLength + (scales?.byteLength ?? 0),
      0,
    );
  expect(bytes('stored')).toBe(left + 4 * 2 ** 20 + 2 * 2 ** 18);
  expect(bytes('float16')).toBe(left + 2 * 2 ** 20 + 2 * 2 ** 18);
  expect(bytes('int8')).toBe(left + 2 ** 20 + 2 ** 18 + 4 * (1024 + 512));
});

describe('the file of rounded weights', () => {
  const make = (onProgress?: () => void) =>
    frozenPart(unet, 'int8', join(base, 'cache'), { ...all, ...(onProgress ? { onProgress } : {}) });
  const unexpected = (): void => expect.fail('the file was written again');

  it('is written once, and anew for a model whose file has changed', async () => {
    const before = await make();
    expect(await make(unexpected)).toEqual(before);
    await utimes(unet.path, 1, 1);
    expect((await make()).file).not.toBe(before.file);
  });

  it('is written anew where it was cut short, or holds something else', async () => {
    const { file, part } = await make();
    const path = file as string;
    const { size } = await stat(path);
    for (const harm of [() => truncate(path, size - 1), () => truncate(path, 3), () => copyFile(unet.path, path)]) {
      await harm();
      expect((await make()).part).toEqual(part);
      expect((await stat(path)).size).toBe(size);
      await make(unexpected);
    }
  });

  it('is not there when its writer was killed midway, and what that left is removed later', async () => {
    const dist = new URL('../../dist/', import.meta.url);
    const script = `
      import { frozenPart } from ${JSON.stringify(new URL('frozen/frozen-part.js', dist))};
      const unet = JSON.parse(process.argv[1]);
      await frozenPart({ ...unet, tensors: new Map(unet.tensors) }, 'int8', ${JSON.stringify(join(base, 'cache'))}, {
        smallest: ${all.smallest},
        onProgress: ({ done, total }) => done > total / 2 && process.kill(process.pid, 'SIGKILL'),
      });`;
    const given = JSON.stringify({ ...unet, tensors: [...unet.tensors] });
    const { signal, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script, given]);
    expect(signal, `${stderr}`).toBe('SIGKILL');
    const [left, ...others] = await readdir(join(base, 'cache', 'weights'));
    expect([left, others]).toEqual([expect.stringMatching(/^\..*\.tmp$/), []]);
    await utimes(join(base, 'cache', 'weights', left as string), 1, 1);
    const { file } = await make();
    expect(await readdir(dirname(file as string))).toEqual([basename(file as string)]);
  });
});
