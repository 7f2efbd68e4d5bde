import { add, backward, constant, exp, graph, input, type Value } from '@bradley/graph';
import { describe, expect, it } from 'vitest';
import { evaluate } from './evaluate.js';

describe('evaluate', () => {
  it('returns inputs, constants and the same value twice as they are', async () => {
    const x = input('x', [2]);
    const y = add(exp(x), constant([0, 1]));
    const given = { x: Float32Array.of(0, 0) };
    const out = await evaluate(
      graph({ x, copy: x, y, again: y, seven: constant(7), ids: constant([1, 2], [2], 'int64') }),
      given,
    );
    expect(Object.fromEntries(Object.entries(out).map(([name, { data }]) => [name, [...data]]))).toEqual({
      x: [0, 0],
      copy: [0, 0],
      y: [1, 2],
      again: [1, 2],
      seven: [7],
      ids: [1n, 2n],
    });
  });

  it('gives zeros as the gradient of what the loss ignores, also of a scalar', async () => {
    const x = input('x', []);
    const [toScale, toBias] = backward(exp(x), [input('scale', []), input('bias', [2])]) as [Value, Value];
    const out = await evaluate(graph({ toScale, toBias }));
    expect(out.toScale).toEqual({ dtype: 'float32', shape: [], data: Float32Array.of(0) });
    expect(out.toBias).toEqual({ dtype: 'float32', shape: [2], data: Float32Array.of(0, 0) });
  });
});
