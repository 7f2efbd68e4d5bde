import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import {
  add,
  attention,
  backward,
  block,
  compile,
  conv,
  graph,
  groupNorm,
  input,
  mean,
  reshape,
  type Shape,
  silu,
  size,
  square,
  swapLast,
  type Target,
  type Value,
} from '@bradley/graph';
import { describe, expect, it } from 'vitest';
import { cpuTarget } from './cpu-target.js';
import { normal } from './random.js';
import { createSession } from './session.js';

/** The weights of one block on 16 channels. */
const shapes = { scale: [16], shift: [16], kernel: [16, 16, 3, 3], bias: [16] } satisfies Record<string, Shape>;
type Weights = Record<keyof typeof shapes, Value>;

/** x (1, 16, 4, 4): a convolution, then self-attention over the places, both added. */
function layer(x: Value, { scale, shift, kernel, bias }: Weights): Value {
  const h = add(
    x,
    conv(silu(groupNorm(x, scale, shift, 4, 1e-5)), kernel, bias, { strides: [1, 1], pads: [1, 1, 1, 1] }),
  );
  const tokens = swapLast(reshape(h, [1, 16, 16]));
  return add(h, reshape(swapLast(attention(tokens, tokens, tokens, { heads: 2 })), h.shape));
}

/** Every gradient of three blocks, concatenated by name. */
async function gradients(recompute: boolean, target: Target): Promise<Record<string, Float32Array>> {
  const x = input('x', [1, 16, 4, 4]);
  const weights = [0, 1, 2].map(
    (i) => Object.fromEntries(Object.entries(shapes).map(([name, of]) => [name, input(`${name}${i}`, of)])) as Weights,
  );
  const y = weights.reduce((h, of) => block(() => layer(h, of)), x);
  const wrt = [x, ...weights.flatMap((of) => Object.values(of))];
  const names = ['x', ...weights.flatMap((of, i) => Object.keys(of).map((name) => `${name}${i}`))];
  const toEach = backward(mean(square(y)), wrt, { recompute });
  const feeds = Object.fromEntries(
    wrt.map(({ shape }, i) => [
      names[i],
      normal({ seed: 7, stream: 'recompute', step: 0, index: i }, size(shape)).map((n) => n / 4),
    ]),
  );
  const outputs = graph(Object.fromEntries(toEach.map((g, i) => [`to ${names[i]}`, g])));
  const session = await createSession(compile(outputs, target));
  const out = await session.run(feeds);
  await session.release();
  return Object.fromEntries(Object.entries(out).map(([name, { data }]) => [name, data as Float32Array]));
}

const largest = (values: Float32Array): number => values.reduce((most, v) => Math.max(most, Math.abs(v)), 0);

describe.each<[string, () => Promise<Target>]>([
  ['this CPU', cpuTarget],
  ['WebGPU', async () => ({ provider: 'webgpu' })],
])('gradients of recomputed blocks, lowered for %s', (_name, target) => {
  it('are those of kept blocks', async () => {
    const kept = await gradients(false, await target());
    const recomputed = await gradients(true, await target());
    for (const [name, want] of Object.entries(kept)) {
      const difference = (recomputed[name] as Float32Array).map((v, i) => v - (want[i] as number));
      expect(largest(difference), name).toBeLessThan(2e-6 * largest(want));
    }
  });
});

describe.runIf(existsSync('/proc/self/status'))('the peak of memory', () => {
  const script = fileURLToPath(new URL('../dist/recompute-memory.script.js', import.meta.url));
  const peakOf = async (mode: 'recompute' | 'keep'): Promise<number> =>
    Number((await promisify(execFile)(process.execPath, [script, mode])).stdout);

  // Two processes of some seconds each.
  it('is lower where blocks are recomputed', async () => {
    expect(existsSync(script), `${script} is missing: build first, as npm test does`).toBe(true);
    const [recomputed, kept] = await Promise.all([peakOf('recompute'), peakOf('keep')]);
    // Sixteen blocks keep 16 · 4 tensors of 8 MiB, against 16 and one block's.
    expect(kept).toBeGreaterThan(16 * 3 * 2 ** 23);
    expect(recomputed).toBeLessThan(0.6 * kept);
  });
});
