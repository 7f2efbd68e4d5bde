import { describe, expect, it } from 'vitest';
import { graph } from '../graph.js';
import { add, div, mul, sub } from '../ops/elementwise.js';
import { constant, input, type Operand } from '../ops/leaf.js';
import { gemm } from '../ops/matmul.js';
import { expand, reshape, transpose } from '../ops/shape.js';
import { toText } from '../text.js';
import type { Value } from '../value.js';
import { fold } from './fold.js';

/** The text of a graph before and after folding. */
function folding(y: Value): string {
  const before = graph({ y });
  return `${toText(before)}\n⇒\n${toText(fold(before))}`;
}

const x = (): Value => input('x', [2, 3]);

describe('fold', () => {
  it('makes one reshape of two, and none where the shape comes back', () => {
    expect(folding(reshape(reshape(x(), [6]), [3, 2]))).toMatchInlineSnapshot(`
      "%0: f32[2,3] = Input() {name: "x"}
      %1: f32[6] = Reshape(%0) {shape: [6]}
      %2: f32[3,2] = Reshape(%1) {shape: [3,2]}
      return y = %2
      ⇒
      %0: f32[2,3] = Input() {name: "x"}
      %1: f32[3,2] = Reshape(%0) {shape: [3,2]}
      return y = %1"
    `);
    expect(folding(reshape(reshape(x(), [6]), [2, 3]))).toMatchInlineSnapshot(`
      "%0: f32[2,3] = Input() {name: "x"}
      %1: f32[6] = Reshape(%0) {shape: [6]}
      %2: f32[2,3] = Reshape(%1) {shape: [2,3]}
      return y = %2
      ⇒
      %0: f32[2,3] = Input() {name: "x"}
      return y = %0"
    `);
  });

  it('reads a transposed matrix as it lies, and leaves one that is not', () => {
    const w = transpose(input('w', [3, 4]), [1, 0]); // (4, 3)
    expect(folding(gemm(x(), w, { transB: true }))).toMatchInlineSnapshot(`
      "%0: f32[3,4] = Input() {name: "w"}
      %1: f32[4,3] = Transpose(%0) {perm: [1,0]}
      %2: f32[2,3] = Input() {name: "x"}
      %3: f32[2,4] = Gemm(%2, %1) {transA: false, transB: true}
      return y = %3
      ⇒
      %0: f32[3,4] = Input() {name: "w"}
      %1: f32[2,3] = Input() {name: "x"}
      %2: f32[2,4] = Gemm(%1, %0) {transA: false, transB: false}
      return y = %2"
    `);
    expect(toText(fold(graph({ y: gemm(transpose(x(), [1, 0]), transpose(x(), [0, 1])) })))).toMatchInlineSnapshot(`
      "%0: f32[2,3] = Input() {name: "x"}
      %1: f32[2,3] = Input() {name: "x"}
      %2: f32[3,3] = Gemm(%0, %1) {transA: true, transB: false}
      return y = %2"
    `);
  });

  it('makes one transpose of two, and none where the axes come back', () => {
    const of = input('x', [2, 3, 4]);
    expect(folding(transpose(transpose(of, [1, 2, 0]), [1, 0, 2]))).toMatchInlineSnapshot(`
      "%0: f32[2,3,4] = Input() {name: "x"}
      %1: f32[3,4,2] = Transpose(%0) {perm: [1,2,0]}
      %2: f32[4,3,2] = Transpose(%1) {perm: [1,0,2]}
      return y = %2
      ⇒
      %0: f32[2,3,4] = Input() {name: "x"}
      %1: f32[4,3,2] = Transpose(%0) {perm: [2,1,0]}
      return y = %1"
    `);
    expect(folding(transpose(transpose(of, [1, 2, 0]), [2, 0, 1]))).toMatchInlineSnapshot(`
      "%0: f32[2,3,4] = Input() {name: "x"}
      %1: f32[3,4,2] = Transpose(%0) {perm: [1,2,0]}
      %2: f32[2,3,4] = Transpose(%1) {perm: [2,0,1]}
      return y = %2
      ⇒
      %0: f32[2,3,4] = Input() {name: "x"}
      return y = %0"
    `);
  });

  it('computes arithmetic of scalars', () => {
    expect(folding(mul(x(), sub(div(constant(6), 4), 1)))).toMatchInlineSnapshot(`
      "%0: f32[2,3] = Input() {name: "x"}
      %1: f32[] = Constant() {data: [6]}
      %2: f32[] = Constant() {data: [4]}
      %3: f32[] = Div(%1, %2)
      %4: f32[] = Constant() {data: [1]}
      %5: f32[] = Sub(%3, %4)
      %6: f32[2,3] = Mul(%0, %5)
      return y = %6
      ⇒
      %0: f32[2,3] = Input() {name: "x"}
      %1: f32[] = Constant() {data: [0.5]}
      %2: f32[2,3] = Mul(%0, %1)
      return y = %2"
    `);
  });

  it('leaves integers alone that do not divide', () => {
    const quotient = div(constant(7, [], 'int64'), constant(2, [], 'int64'));
    expect(folding(quotient)).toMatchInlineSnapshot(`
      "%0: i64[] = Constant() {data: [7]}
      %1: i64[] = Constant() {data: [2]}
      %2: i64[] = Div(%0, %1)
      return y = %2
      ⇒
      %0: i64[] = Constant() {data: [7]}
      %1: i64[] = Constant() {data: [2]}
      %2: i64[] = Div(%0, %1)
      return y = %2"
    `);
  });

  const neutral: [string, (a: Operand) => Value][] = [
    ['x + 0', (a) => add(a, 0)],
    ['0 + x', (a) => add(0, a)],
    ['x − 0', (a) => sub(a, 0)],
    ['x · 1', (a) => mul(a, 1)],
    ['1 · x', (a) => mul(1, a)],
    ['x / 1', (a) => div(a, 1)],
  ];
  it.each(neutral)('drops %s', (_name, apply) => {
    const of = x();
    expect(fold(graph({ y: apply(of) })).outputs.get('y')).toBe(of);
  });

  it.each<[string, (a: Operand) => Value]>([
    ['0 − x', (a) => sub(0, a)],
    ['1 / x', (a) => div(1, a)],
  ])('keeps %s', (_name, apply) => {
    const y = apply(x());
    expect(toText(fold(graph({ y })))).toBe(toText(graph({ y })));
  });

  it('keeps a neutral operand that broadcasting needs', () => {
    const y = add(input('x', [3]), expand(constant(0), [2, 3]));
    expect(fold(graph({ y })).outputs.get('y')?.shape).toEqual([2, 3]);
  });

  it('joins two products with scalars, unless the joint scalar leaves the range of float32', () => {
    expect(folding(mul(mul(x(), 3), 0.5))).toMatchInlineSnapshot(`
      "%0: f32[2,3] = Input() {name: "x"}
      %1: f32[] = Constant() {data: [3]}
      %2: f32[2,3] = Mul(%0, %1)
      %3: f32[] = Constant() {data: [0.5]}
      %4: f32[2,3] = Mul(%2, %3)
      return y = %4
      ⇒
      %0: f32[2,3] = Input() {name: "x"}
      %1: f32[] = Constant() {data: [1.5]}
      %2: f32[2,3] = Mul(%0, %1)
      return y = %2"
    `);
    expect(folding(mul(mul(x(), 1e-30), 1e-30))).toMatchInlineSnapshot(`
      "%0: f32[2,3] = Input() {name: "x"}
      %1: f32[] = Constant() {data: [1.0000000031710769e-30]}
      %2: f32[2,3] = Mul(%0, %1)
      %3: f32[] = Constant() {data: [1.0000000031710769e-30]}
      %4: f32[2,3] = Mul(%2, %3)
      return y = %4
      ⇒
      %0: f32[2,3] = Input() {name: "x"}
      %1: f32[] = Constant() {data: [1.0000000031710769e-30]}
      %2: f32[] = Constant() {data: [1.0000000031710769e-30]}
      %3: f32[2,3] = Mul(%0, %1)
      %4: f32[2,3] = Mul(%3, %2)
      return y = %4"
    `);
  });

  it('reads the operand of an expansion that broadcasting does anyway', () => {
    expect(folding(mul(x(), expand(input('b', [3]), [2, 3])))).toMatchInlineSnapshot(`
      "%0: f32[2,3] = Input() {name: "x"}
      %1: f32[3] = Input() {name: "b"}
      %2: f32[2,3] = Expand(%1) {shape: [2,3]}
      %3: f32[2,3] = Mul(%0, %2)
      return y = %3
      ⇒
      %0: f32[2,3] = Input() {name: "x"}
      %1: f32[3] = Input() {name: "b"}
      %2: f32[2,3] = Mul(%0, %1)
      return y = %2"
    `);
    expect(folding(add(expand(input('a', [2, 1]), [2, 3]), expand(input('b', [3]), [2, 3])))).toMatchInlineSnapshot(`
      "%0: f32[2,1] = Input() {name: "a"}
      %1: f32[2,3] = Expand(%0) {shape: [2,3]}
      %2: f32[3] = Input() {name: "b"}
      %3: f32[2,3] = Expand(%2) {shape: [2,3]}
      %4: f32[2,3] = Add(%1, %3)
      return y = %4
      ⇒
      %0: f32[2,1] = Input() {name: "a"}
      %1: f32[3] = Input() {name: "b"}
      %2: f32[2,3] = Expand(%0) {shape: [2,3]}
      %3: f32[2,3] = Add(%2, %1)
      return y = %3"
    `);
  });

  it('expands a scalar straight to the shape that it is reshaped to', () => {
    expect(folding(reshape(expand(constant(0), [2, 3]), [6]))).toMatchInlineSnapshot(`
      "%0: f32[] = Constant() {data: [0]}
      %1: f32[2,3] = Expand(%0) {shape: [2,3]}
      %2: f32[6] = Reshape(%1) {shape: [6]}
      return y = %2
      ⇒
      %0: f32[] = Constant() {data: [0]}
      %1: f32[6] = Expand(%0) {shape: [6]}
      return y = %1"
    `);
  });
});
