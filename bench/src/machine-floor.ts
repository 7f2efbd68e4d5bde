import { add, graph, input, matmul, mean, type Value } from '@bradley/graph';
import { openSession } from '@bradley/runtime';
import type { Cost } from './operator-cost.js';

/** What this machine does at best through the same runtime: floating-point operations and bytes a second. */
export interface Rates {
  readonly flops: number;
  readonly bytes: number;
}

/** Measures a large matrix product, and the sum of two tensors that no cache holds. Takes about two seconds. */
export async function measureRates(threads: number): Promise<Rates> {
  const [n, count] = [2048, 2 ** 26];
  const seconds = (result: Value) => best(mean(result), threads);
  const [product, sum, bare] = [
    await seconds(matmul(input('a', [n, n]), input('b', [n, n]))),
    await seconds(add(input('a', [count]), input('b', [count]))),
    await seconds(input('a', [count])),
  ];
  return { flops: (2 * n ** 3) / product, bytes: (12 * count) / (sum - bare) };
}

/** Nothing can be quicker than this, in milliseconds. */
export const floorMilliseconds = ({ flops, bytes }: Cost, rates: Rates): number =>
  1000 * Math.max(flops / rates.flops, bytes / rates.bytes);

async function best(result: Value, threads: number): Promise<number> {
  const session = await openSession(graph({ result }), { threads });
  try {
    const feeds = Object.fromEntries(
      session.model.inputs.map(({ name, shape }) => [
        name,
        new Float32Array(shape.reduce((product, n) => product * n, 1)).fill(0.5),
      ]),
    );
    let least = Number.POSITIVE_INFINITY;
    for (const end = performance.now() + 600; performance.now() < end; ) {
      const start = performance.now();
      await session.run(feeds);
      least = Math.min(least, (performance.now() - start) / 1000);
    }
    return least;
  } finally {
    await session.release();
  }
}
