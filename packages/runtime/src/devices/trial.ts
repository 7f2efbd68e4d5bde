import {
  attention,
  backward,
  conv,
  graph,
  groupNorm,
  input,
  matmul,
  mean,
  reshape,
  silu,
  size,
  square,
  swapLast,
  type Value,
} from '@bradley/graph';
import { openSession } from '../open-session.js';
import { normal } from '../random.js';
import type { HostData, SessionOptions } from '../session.js';
import type { DeviceName } from './table.js';
import { DeviceError } from './unavailable.js';

/** What came of trying a device. */
export interface Trial {
  readonly device: DeviceName;
  /** Why it cannot be used; null where it can. */
  readonly reason: string | null;
  /** How far its numbers are from the CPU's, relative to the largest. */
  readonly error: number | null;
  /** GFLOP/s of a matrix product. */
  readonly speed: number | null;
}

/** Numbers further off than this are not those of float32 arithmetic. */
const tolerance = 1e-3;

/** `checkDevice`, and where its numbers are right, the time of a matrix product. */
export async function tryDevice(device: DeviceName): Promise<Trial> {
  const checked = await checkDevice(device);
  return checked.reason === null ? { ...checked, speed: await productSpeed({ device }) } : checked;
}

/** Computes a little of what training computes on a device, and compares it with the CPU. */
export async function checkDevice(device: DeviceName): Promise<Trial> {
  try {
    const got = await smallStep({ device });
    const want = await smallStep({ device: 'cpu' });
    const scale = want.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
    const error = want.reduce((most, v, i) => Math.max(most, Math.abs((got[i] as number) - v)), 0) / scale;
    const reason = error <= tolerance ? null : `its numbers are off by ${error.toExponential(1)} of the largest`;
    return { device, reason, error, speed: null };
  } catch (error) {
    if (error instanceof DeviceError) return { device, reason: error.reason, error: null, speed: null };
    return { device, reason: firstLine(error as Error), error: null, speed: null };
  }
}

/** The gradients of a convolution, a norm, an activation and attention, large enough for kernels that work in tiles. */
async function smallStep(options: SessionOptions): Promise<Float32Array> {
  const shapes = { x: [1, 16, 16, 16], w: [16, 16, 3, 3], scale: [16], shift: [16] };
  const inputs = Object.entries(shapes).map(([name, shape]) => input(name, shape)) as [Value, Value, Value, Value];
  const [x, w, scale, shift] = inputs;
  const h = silu(groupNorm(conv(x, w, null, { strides: [1, 1], pads: [1, 1, 1, 1] }), scale, shift, 2, 1e-5));
  const tokens = swapLast(reshape(h, [1, 16, 256]));
  const gradients = backward(mean(square(attention(tokens, tokens, tokens, { heads: 2 }))), inputs) as Value[];
  const feeds: Record<string, HostData> = Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => [
      name,
      normal({ seed: 0, stream: name, step: 0, index: 0 }, size(shape)),
    ]),
  );
  const session = await openSession(graph(Object.fromEntries(gradients.map((g, i) => [`${i}`, g]))), options);
  try {
    const results = await session.run(feeds);
    return Float32Array.from(Object.values(results).flatMap(({ data }) => [...(data as Float32Array)]));
  } finally {
    await session.release();
  }
}

/** A device that takes so many milliseconds for the products below is none, and is not asked again. */
const slow = 1000;

/** Eight products of 512 × 512 matrices, one on the other: 2 GFLOP that need little to be carried there. */
async function productSpeed(options: SessionOptions): Promise<number> {
  const [n, times] = [512, 8];
  const a = input('a', [n, n]);
  const product = Array.from({ length: times }).reduce<Value>((y) => matmul(y, a), a);
  const session = await openSession(graph({ result: mean(product) }), options);
  try {
    const feeds = { a: new Float32Array(n * n).fill(1 / n) };
    let best = Number.POSITIVE_INFINITY;
    for (let round = 0; round < 4 && (round < 1 || best < slow); round++) {
      const start = performance.now();
      await session.run(feeds);
      best = Math.min(best, performance.now() - start);
    }
    return (times * 2 * n ** 3) / best / 1e6;
  } finally {
    await session.release();
  }
}

const firstLine = ({ message }: Error): string => message.split('\n')[0] ?? '';
