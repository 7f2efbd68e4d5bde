import {
  add,
  attention,
  backward,
  constant,
  graph,
  input,
  matmul,
  mul,
  nodesOf,
  silu,
  softmax,
  swapLast,
  type Value,
} from '@bradley/graph';
import { expect, it } from 'vitest';
import { evaluate } from './evaluate.js';
import { normal } from './random.js';

/** 0 where a query may see a key, −∞ as far as float32 goes where the key comes later. */
const laterKeys = (length: number): Value =>
  constant(
    Float32Array.from({ length: length * length }, (_, i) => (i % length > Math.floor(i / length) ? -3.4e38 : 0)),
    [length, length],
  );

/** Not a divisor of what a chunk holds, 2²⁴ scores: the last chunk of queries, or of heads, is a smaller one. */
it.each<[string, number, number, boolean]>([
  ['queries of one head', 4100, 1, false],
  ['queries of one head, causally', 4100, 1, true],
  ['heads', 2200, 5, false],
])('the gradient of an attention is the same in chunks of %s', async (_what, length, batch, causal) => {
  const [q, k, v, g] = ['q', 'k', 'v', 'g'].map((name) => input(name, [batch, length, 2])) as [
    Value,
    Value,
    Value,
    Value,
  ];
  const scores = matmul(mul(q, 0.5 ** 0.5), swapLast(k));
  const plain = matmul(softmax(causal ? add(scores, laterKeys(length)) : scores), v);
  const feeds = Object.fromEntries(
    ['q', 'k', 'v', 'g'].map((stream) => [stream, normal({ seed: 1, stream, step: 0, index: 0 }, 2 * batch * length)]),
  );
  const run = async (y: Value): Promise<Float32Array[]> => {
    const gradients = backward([{ of: y, gradient: g }], [q, k, v]);
    const results = await evaluate(graph(Object.fromEntries(gradients.map((to, i) => [`to${i}`, to]))), feeds);
    return [0, 1, 2].map((i) => results[`to${i}`]?.data as Float32Array);
  };
  const want = await run(plain);
  const got = await run(attention(q, k, v, { heads: 1, causal }));
  want.forEach((of, i) => {
    const largest = of.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
    const worst = of.reduce((most, x, j) => Math.max(most, Math.abs(x - (got[i]?.[j] as number))), 0);
    expect(worst).toBeLessThan(1e-4 * largest);
  });
});

it('what a rule computes from a large forward value alone waits for its gradient, from a small one it does not', () => {
  const barriers = (elements: number): number => {
    const x = input('x', [elements]);
    const [toX] = backward([{ of: silu(x), gradient: input('g', [elements]) }], [x]) as [Value];
    return nodesOf(graph({ toX })).filter(({ op }) => op === 'Barrier').length;
  };
  expect(barriers(2 ** 20)).toBe(2); // of x and of y
  expect(barriers(2 ** 10)).toBe(0);
});
