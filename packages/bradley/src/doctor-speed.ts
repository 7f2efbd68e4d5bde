import { conv, graph, input, matmul, mean, type Value } from '@bradley/graph';
import { openSession } from '@bradley/runtime';

/** Arithmetic rates of the kernels in GFLOP/s, best of several runs. */
export interface Speed {
  readonly matmul: number;
  readonly convolution: number;
}

/** Times the two kernels that training spends most of its arithmetic in. Takes about a second. */
export async function measureSpeed(): Promise<Speed> {
  const [n, channels, side, batch] = [1024, 128, 32, 8] as const;
  const a = input('a', [n, n]);
  const b = input('b', [n, n]);
  const x = input('x', [batch, channels, side, side]);
  const w = input('w', [channels, channels, 3, 3]);
  return {
    matmul: await rate(matmul(a, b), 2 * n ** 3, { a: n * n, b: n * n }),
    convolution: await rate(
      conv(x, w, null, { strides: [1, 1], pads: [1, 1, 1, 1] }),
      2 * batch * side ** 2 * 9 * channels ** 2,
      {
        x: batch * channels * side ** 2,
        w: 9 * channels ** 2,
      },
    ),
  };
}

/** @param sizes elements of each input */
async function rate(result: Value, operations: number, sizes: Readonly<Record<string, number>>): Promise<number> {
  const session = await openSession(graph({ result: mean(result) })); // a mean: results are copied
  try {
    const feeds = Object.fromEntries(
      Object.entries(sizes).map(([name, size]) => [name, Float32Array.from({ length: size }, (_, i) => (i % 7) / 7)]),
    );
    let best = 0;
    for (const end = performance.now() + 400; performance.now() < end; ) {
      const start = performance.now();
      await session.run(feeds);
      best = Math.max(best, operations / (performance.now() - start) / 1e6);
    }
    return best;
  } finally {
    await session.release();
  }
}
