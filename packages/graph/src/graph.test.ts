import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { graph, inputsOf, nodesOf, remake, rewrite, usedValues, weightsOf } from './graph.js';
import { add, exp, mul, relu, sigmoid } from './ops/elementwise.js';
import { constant, input, weight } from './ops/leaf.js';
import { reshape, split } from './ops/shape.js';
import { toText } from './text.js';
import type { Value } from './value.js';

describe('rewrite', () => {
  it('gives back the same graph when no rule applies', () => {
    const y = exp(mul(input('x', [2]), 2));
    expect(toText(rewrite(graph({ y }), () => null))).toBe(toText(graph({ y })));
  });

  it('hands a rule the rewritten inputs, and rebuilds what reads them', () => {
    const y = exp(sigmoid(relu(input('x', [2]))));
    const doubled = rewrite(graph({ y }), (node, [x]) => (node.op === 'Sigmoid' && x ? [mul(x, 2)] : null));
    expect(toText(doubled)).toMatchInlineSnapshot(`
      "%0: f32[2] = Input() {name: "x"}
      %1: f32[2] = Relu(%0)
      %2: f32[] = Constant() {data: [2]}
      %3: f32[2] = Mul(%1, %2)
      %4: f32[2] = Exp(%3)
      return y = %4"
    `);
  });

  it('replaces the outputs of a node one by one', () => {
    const [a, b] = split(input('x', [4]), [2, 2], 0) as [Value, Value];
    const swapped = rewrite(graph({ a: exp(a), b }), (node, [x]) =>
      node.op === 'Split' && x ? [reshape(b, [2]), a] : null,
    );
    expect(toText(swapped)).toMatchInlineSnapshot(`
      "%0: f32[4] = Input() {name: "x"}
      %1: f32[2], %2: f32[2] = Split(%0) {axis: 0, sizes: [2,2]}
      %3: f32[2] = Exp(%2)
      return a = %3, b = %1"
    `);
  });

  it('keeps names, element types and shapes of the outputs, whatever it rebuilds', () => {
    const shape = fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 3 });
    fc.assert(
      fc.property(shape, fc.array(fc.constantFrom(exp, sigmoid, relu), { maxLength: 6 }), (of, ops) => {
        const y = ops.reduce((x, op) => op(x), input('x', of));
        const rebuilt = rewrite(graph({ y }), (node, inputs) => (inputs.length ? remake(node, inputs) : null));
        expect(toText(rebuilt)).toBe(toText(graph({ y })));
      }),
    );
  });
});

describe('a graph', () => {
  it('holds only what its outputs depend on', () => {
    const x = input('x', [2]);
    exp(x);
    expect(nodesOf(graph({ y: relu(x) })).map((node) => node.op)).toEqual(['Input', 'Relu']);
  });

  it('lists inputs in the order they were made', () => {
    const [b, a] = [input('b', [2]), input('a', [], 'float32')];
    expect(inputsOf(graph({ y: add(a, b) }))).toEqual([
      { name: 'b', dtype: 'float32', shape: [2] },
      { name: 'a', dtype: 'float32', shape: [] },
    ]);
  });

  it('refuses two inputs of one name', () => {
    const y = add(input('x', [2]), input('x', [2]));
    expect(() => inputsOf(graph({ y }))).toThrow('two inputs are called x: make each input once and share the value');
  });

  it('lists the frozen tensors and where they lie', () => {
    const w = weight('w', [2], 'float32', { file: '/a.safetensors', offset: 8, length: 8 });
    expect(weightsOf(graph({ y: mul(w, constant(2)) }))).toEqual([
      { name: 'w', source: { file: '/a.safetensors', offset: 8, length: 8 }, value: w },
    ]);
  });

  it('knows which outputs of a node are read', () => {
    const [a, b] = split(input('x', [4]), [2, 2], 0) as [Value, Value];
    const used = usedValues(graph({ y: exp(b) }));
    expect([used.has(a), used.has(b)]).toEqual([false, true]);
  });
});
