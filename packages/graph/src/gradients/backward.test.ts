import { describe, expect, it } from 'vitest';
import { graph } from '../graph.js';
import { add, mul, sigmoid, square, stopGradient } from '../ops/elementwise.js';
import { input } from '../ops/leaf.js';
import { gemm } from '../ops/matmul.js';
import { mean, sum } from '../ops/reduce.js';
import { toText } from '../text.js';
import type { Value } from '../value.js';
import { backward } from './backward.js';

it('writes the backward of a linear layer as two products and a sum', () => {
  const [x, w, b] = [input('x', [4, 3]), input('w', [2, 3]), input('b', [2])];
  const loss = mean(square(gemm(x, w, { transB: true, bias: b })));
  const [toW, toB] = backward(loss, [w, b]) as [Value, Value];
  expect(toText(graph({ loss, toW, toB }))).toMatchInlineSnapshot(`
    "%0: f32[4,3] = Input() {name: "x"}
    %1: f32[2,3] = Input() {name: "w"}
    %2: f32[2] = Input() {name: "b"}
    %3: f32[4,2] = Gemm(%0, %1, %2) {transA: false, transB: true}
    %4: f32[4,2] = Mul(%3, %3)
    %5: f32[] = ReduceMean(%4) {axes: [0,1], keepdims: false}
    %6: f32[] = Constant() {data: [1]}
    %7: f32[] = Constant() {data: [0.125]}
    %8: f32[] = Mul(%6, %7)
    %9: f32[1,1] = Reshape(%8) {shape: [1,1]}
    %10: f32[4,2] = Expand(%9) {shape: [4,2]}
    %11: f32[4,2] = Mul(%10, %3)
    %12: f32[4,2] = Mul(%10, %3)
    %13: f32[4,2] = Add(%11, %12)
    %14: f32[2,3] = Gemm(%13, %0) {transA: true, transB: false}
    %15: f32[2] = ReduceSum(%13) {axes: [0], keepdims: false}
    return loss = %5, toW = %14, toB = %15"
  `);
});

describe('backward', () => {
  it('adds up the gradients of a value that is read twice', () => {
    const x = input('x', []);
    const [g] = backward(mul(x, x), [x]) as [Value];
    expect(toText(graph({ g }))).toMatchInlineSnapshot(`
      "%0: f32[] = Input() {name: "x"}
      %1: f32[] = Constant() {data: [1]}
      %2: f32[] = Mul(%1, %0)
      %3: f32[] = Mul(%1, %0)
      %4: f32[] = Add(%2, %3)
      return g = %4"
    `);
  });

  it('sums the gradient of a broadcast operand to its shape', () => {
    const [x, b] = [input('x', [2, 3]), input('b', [3])];
    const [g] = backward([{ of: add(x, b), gradient: input('g', [2, 3]) }], [b]) as [Value];
    expect(g.shape).toEqual([3]);
    expect(toText(graph({ g }))).toMatchInlineSnapshot(`
      "%0: f32[2,3] = Input() {name: "g"}
      %1: f32[3] = ReduceSum(%0) {axes: [0], keepdims: false}
      return g = %1"
    `);
  });

  it('gives zeros for what the loss does not depend on, also behind stopGradient', () => {
    const [x, other] = [input('x', [2]), input('other', [2, 2])];
    const [toX, toOther] = backward(sum(stopGradient(sigmoid(x))), [x, other]) as [Value, Value];
    expect(toText(graph({ toX, toOther }))).toMatchInlineSnapshot(`
      "%0: f32[] = Constant() {data: [0]}
      %1: f32[2] = Expand(%0) {shape: [2]}
      %2: f32[] = Constant() {data: [0]}
      %3: f32[2,2] = Expand(%2) {shape: [2,2]}
      return toX = %1, toOther = %3"
    `);
  });

  it('differentiates with respect to a value in the middle', () => {
    const h = sigmoid(input('x', [2]));
    const [toH] = backward(sum(mul(h, 3)), [h]) as [Value];
    expect(toText(graph({ toH }))).toMatchInlineSnapshot(`
      "%0: f32[] = Constant() {data: [3]}
      %1: f32[] = Constant() {data: [1]}
      %2: f32[1] = Reshape(%1) {shape: [1]}
      %3: f32[2] = Expand(%2) {shape: [2]}
      %4: f32[2] = Mul(%3, %0)
      return toH = %4"
    `);
  });

  it('refuses a loss that is not a scalar, naming its shape', () => {
    const x = input('x', [2, 3]);
    expect(() => backward(square(x), [x])).toThrow(
      'backward: the loss has shape (2, 3), but must be a scalar; take its mean',
    );
  });
});
