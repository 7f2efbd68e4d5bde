import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  add,
  backward,
  cast,
  conv,
  dequantize,
  gemm,
  graph,
  groupNorm,
  input,
  mean,
  reshape,
  size,
  square,
  weight,
} from '@bradley/graph';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openSession } from './open-session.js';
import { normal } from './random.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mapped-'));
  // Every bit pattern of float16 below 1: exponents 0 to 14.
  await writeFile(
    join(folder, 'w'),
    Uint16Array.from({ length: 9 * 2 ** 18 }, (_, i) => (i * 2654435761) % 0x3c00),
  );
  await writeFile(join(folder, 'scales'), normal({ seed: 0, stream: 'scales', step: 0, index: 0 }, 512));
});
afterAll(() => rm(folder, { recursive: true }));

it('gives the same numbers packed and mapped', async () => {
  const frozen = (shape: number[], offset: number) =>
    cast(weight('w', shape, 'float16', { file: join(folder, 'w'), offset, length: 2 * size(shape) }), 'float32');
  const scale = input('scale', [512]);
  const x = input('x', [1, 512, 4, 4]);
  const y = conv(groupNorm(x, scale, frozen([512], 0), 32, 1e-5), frozen([512, 512, 3, 3], 0), null, {
    strides: [1, 1],
    pads: [1, 1, 1, 1],
  });
  const eighth = weight('q', [512, 512], 'int8', { file: join(folder, 'w'), offset: 1, length: 2 ** 18 });
  const scales = weight('scales', [512], 'float32', { file: join(folder, 'scales'), offset: 0, length: 2048 });
  const z = gemm(reshape(add(y, x), [16, 512]), frozen([512, 512], 2), { transB: true });
  const loss = mean(square(gemm(z, dequantize(eighth, scales), { transB: true })));
  const [toX, toScale] = backward(loss, [x, scale]);
  const feeds = {
    x: normal({ seed: 0, stream: 'x', step: 0, index: 0 }, 512 * 16),
    scale: normal({ seed: 0, stream: 'scale', step: 0, index: 0 }, 512),
  };
  const results = [];
  for (const weights of ['packed', 'mapped'] as const) {
    const session = await openSession(graph({ loss, toX: toX as never, toScale: toScale as never }), { weights });
    results.push(await session.run(feeds));
    await session.release();
  }
  const [packed, mapped] = results;
  for (const name of ['loss', 'toX', 'toScale']) {
    const [want, got] = [packed?.[name]?.data as Float32Array, mapped?.[name]?.data as Float32Array];
    const largest = want.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
    expect(Number.isFinite(largest) && largest > 0).toBe(true);
    expect(Math.max(...want.map((v, i) => Math.abs(v - (got[i] as number))))).toBeLessThan(1e-5 * largest);
  }
});
