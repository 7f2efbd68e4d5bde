import { cast, dequantize, foreign, graph, input, mul, size, slice, type Value } from '@bradley/graph';
import { type HostData, openSession } from '@bradley/runtime';

/** A kernel of SD 1.5 as a matrix: 1280 outputs of 1280·3·3 inputs. */
const [rows, columns] = [1280, 1280 * 9];
const block = 64;

const q = (): Value => input('q', [rows, columns], 'int8');

/** Ways from few bits to float32. */
const ways: Readonly<Record<string, () => Value>> = {
  'Cast from float16': () => cast(input('half', [rows, columns], 'float16'), 'float32'),
  'DequantizeLinear, a scale a row': () => dequantize(q(), input('scale', [rows])),
  'Cast from int8, and Mul': () => mul(cast(q(), 'float32'), input('scale', [rows, 1])),
  [`DequantizeLinear, blocks of ${block}`]: () =>
    foreign(
      'DequantizeLinear',
      [q(), input('scale', [rows, columns / block])],
      { attributes: { axis: { int: 1 }, block_size: { int: block } }, place: 'kernels' },
      [{ dtype: 'float32', shape: [rows, columns] }],
    )[0] as Value,
};

/** Times of each way with so many threads, in milliseconds: the smallest of several runs. */
export async function timeKernels(threads: readonly number[]): Promise<{ way: string; milliseconds: number[] }[]> {
  const timed: { way: string; milliseconds: number[] }[] = [];
  for (const [way, build] of Object.entries(ways)) {
    const milliseconds: number[] = [];
    for (const count of threads) milliseconds.push(await time(build(), count));
    timed.push({ way, milliseconds });
  }
  return timed;
}

async function time(widened: Value, threads: number): Promise<number> {
  // A row of it comes back, so that no copy of the whole is timed.
  const session = await openSession(graph({ row: slice(widened, [0], [0], [1]) }), { threads, weights: 'mapped' });
  const feeds = Object.fromEntries(
    session.model.inputs.map(({ name, dtype, shape }): [string, HostData] => {
      const count = size(shape);
      if (dtype === 'int8') return [name, new Int8Array(count).fill(3)];
      return [name, dtype === 'float16' ? new Uint16Array(count).fill(0x2c00) : new Float32Array(count).fill(0.1)];
    }),
  );
  const times: number[] = [];
  for (let run = 0; run < 15; run++) {
    const began = performance.now();
    await session.run(feeds);
    times.push(performance.now() - began);
  }
  await session.release();
  return Math.min(...times);
}
