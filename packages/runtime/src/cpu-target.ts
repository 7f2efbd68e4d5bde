import { backward, compile, conv, graph, input, type Target } from '@bradley/graph';
import { createSession } from './session.js';

type CpuTarget = Extract<Target, { provider: 'cpu' }>;

let known: Promise<CpuTarget> | null = null;

/**
 * What ONNX Runtime's CPU kernels are like here. The width of a channel block depends on the instruction set and is nowhere
 * exposed, so we try: a convolution packed for the wrong width gives wrong numbers, or is refused.
 */
export function cpuTarget(): Promise<CpuTarget> {
  known ??= probe();
  return known;
}

async function probe(): Promise<CpuTarget> {
  const expected = await outputs({ provider: 'cpu', convBlock: null });
  for (const convBlock of [16, 8]) {
    const target: CpuTarget = { provider: 'cpu', convBlock };
    const got = await outputs(target).catch(() => null);
    if (got && closeTo(got, expected)) return target;
  }
  return { provider: 'cpu', convBlock: null };
}

/** A convolution and its gradient of 32 channels. */
async function outputs(target: Target): Promise<Float32Array> {
  const x = input('x', [1, 32, 3, 3]);
  const w = input('w', [32, 32, 3, 3]);
  const y = conv(x, w, null, { strides: [1, 1], pads: [1, 1, 1, 1] });
  const [toX] = backward([{ of: y, gradient: y }], [x]);
  const session = await createSession(compile(graph({ toX: toX ?? y }), target), { threads: 1 });
  const ramp = (length: number): Float32Array => Float32Array.from({ length }, (_, i) => ((i * 37) % 101) / 101 - 0.5);
  const { toX: result } = await session.run({ x: ramp(32 * 9), w: ramp(32 * 32 * 9) });
  await session.release();
  return result?.data as Float32Array;
}

function closeTo(a: Float32Array, b: Float32Array): boolean {
  const scale = b.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  return a.every((value, i) => Math.abs(value - (b[i] as number)) < 1e-4 * scale);
}
