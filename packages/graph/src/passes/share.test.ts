import { describe, expect, it } from 'vitest';
import { backward } from '../gradients/backward.js';
import { graph, nodesOf } from '../graph.js';
import { add, exp, mul, sigmoid, tanh } from '../ops/elementwise.js';
import { constant, input } from '../ops/leaf.js';
import { sum } from '../ops/reduce.js';
import { block } from '../recompute.js';
import { toText } from '../text.js';
import type { Value } from '../value.js';
import { share } from './share.js';

const ops = (...values: Value[]): string[] =>
  nodesOf(share(graph(Object.fromEntries(values.map((value, i) => [`y${i}`, value]))))).map((node) => node.op);

describe('share', () => {
  it('merges nodes of the same op, attributes and inputs, and then what reads them', () => {
    const x = input('x', [2]);
    expect(toText(share(graph({ y: add(exp(mul(x, 2)), exp(mul(x, 2))) })))).toMatchInlineSnapshot(`
      "%0: f32[2] = Input() {name: "x"}
      %1: f32[] = Constant() {data: [2]}
      %2: f32[2] = Mul(%0, %1)
      %3: f32[2] = Exp(%2)
      %4: f32[2] = Add(%3, %3)
      return y = %4"
    `);
  });

  it('keeps apart what differs in inputs, attributes, element type or shape', () => {
    const x = input('x', [2, 2]);
    expect(ops(sum(x, [0]), sum(x, [1]))).toHaveLength(3);
    expect(ops(constant([1, 2], [2]), constant([1, 2], [2, 1]), constant([1, 2], [2], 'int32'))).toHaveLength(3);
    expect(ops(sigmoid(x), tanh(x))).toHaveLength(3);
    expect(ops(sigmoid(x), sigmoid(input('z', [2, 2])))).toHaveLength(4);
  });

  it('never merges inputs', () => {
    expect(ops(input('a', [2]), input('b', [2]))).toEqual(['Input', 'Input']);
  });

  it('does not merge a recomputed block with its first computation', () => {
    const x = input('x', [2]);
    const h = exp(x);
    const y = block(() => tanh(sigmoid(h)));
    const shared = ops(y, ...backward(sum(y), [x], { recompute: true }));
    expect(shared.filter((op) => op === 'Sigmoid')).toHaveLength(2);
    expect(shared.filter((op) => op === 'Barrier')).toHaveLength(1);
  });
});
