import { describe, expect, it } from 'vitest';
import { backward } from './gradients/backward.js';
import { graph, nodesOf } from './graph.js';
import { cast, exp, mul, sigmoid, tanh } from './ops/elementwise.js';
import { input, weight } from './ops/leaf.js';
import { sum } from './ops/reduce.js';
import { block } from './recompute.js';
import { toText } from './text.js';
import type { Value } from './value.js';

const barriersIn = (...values: Value[]): Value[] =>
  nodesOf(graph(Object.fromEntries(values.map((value, i) => [`y${i}`, value]))))
    .filter((node) => node.op === 'Barrier')
    .map((node) => node.inputs[0] as Value);

const recompute = { recompute: true };

describe('a marked block', () => {
  it('gives the backward a second copy of the block, which waits for its gradient', () => {
    const x = input('x', [2]);
    const h = exp(x);
    const y = block(() => tanh(sigmoid(h)));
    const [toX] = backward([{ of: y, gradient: input('g', [2]) }], [x], recompute) as [Value];
    expect(toText(graph({ y, toX }))).toMatchInlineSnapshot(`
      "%0: f32[2] = Input() {name: "x"}
      %1: f32[2] = Exp(%0)
      %2: f32[2] = Sigmoid(%1)
      %3: f32[2] = Tanh(%2)
      %4: f32[2] = Input() {name: "g"}
      %5: f32[2] = Barrier(%1, %4)
      %6: f32[2] = Sigmoid(%5)
      %7: f32[2] = Tanh(%6)
      %8: f32[2] = Mul(%7, %7)
      %9: f32[] = Constant() {data: [1]}
      %10: f32[2] = Sub(%9, %8)
      %11: f32[2] = Mul(%4, %10)
      %12: f32[] = Constant() {data: [1]}
      %13: f32[2] = Sub(%12, %6)
      %14: f32[2] = Mul(%6, %13)
      %15: f32[2] = Mul(%11, %14)
      %16: f32[2] = Mul(%15, %1)
      return y = %3, toX = %16"
    `);
  });

  it('lets the copy read frozen tensors as they are, so that the runtime packs them once', () => {
    const x = exp(input('x', [2]));
    const half = weight('w', [2], 'float16', { file: '/w.safetensors', offset: 0, length: 4 });
    const w = cast(half, 'float32');
    const y = block(() => sigmoid(mul(x, w)));
    expect(barriersIn(...backward(sum(y), [x], recompute))).toEqual([x]);
  });

  it('belongs to the outermost of nested blocks', () => {
    const x = exp(input('x', [2]));
    const y = block(() => tanh(block(() => sigmoid(x))));
    expect(barriersIn(...backward(sum(y), [x], recompute))).toEqual([x]);
  });

  it('is kept where the backward is not asked to recompute', () => {
    const x = exp(input('x', [2]));
    expect(barriersIn(...backward(sum(block(() => tanh(sigmoid(x)))), [x]))).toEqual([]);
  });

  it('marks nothing after a block that failed', () => {
    expect(() =>
      block(() => {
        throw new Error('no');
      }),
    ).toThrow('no');
    expect(exp(input('x', [2])).node.block).toBeNull();
  });
});
