import { describe, expect, it } from 'vitest';
import { optimize } from '../../compile.js';
import { backward } from '../../gradients/backward.js';
import { type Graph, graph, nodesOf } from '../../graph.js';
import { attention } from '../../ops/attention.js';
import { type ConvGeometry, conv } from '../../ops/conv.js';
import { add, cos, silu, sin } from '../../ops/elementwise.js';
import { input, weight } from '../../ops/leaf.js';
import { matmul } from '../../ops/matmul.js';
import { groupNorm } from '../../ops/norm.js';
import { sum } from '../../ops/reduce.js';
import { reshape, swapLast } from '../../ops/shape.js';
import { toText } from '../../text.js';
import type { Value } from '../../value.js';
import type { Target } from './index.js';

const cpu: Target = { provider: 'cpu', convBlock: 16 };
const plainCpu: Target = { provider: 'cpu', convBlock: null };
const webgpu: Target = { provider: 'webgpu' };
const onnx: Target = { provider: 'onnx' };
const lowered = (from: Graph, target: Target): string => toText(optimize(from, target));
const opsOf = (from: Graph, target: Target): string[] => nodesOf(optimize(from, target)).map((node) => node.op);
const padded: ConvGeometry = { strides: [1, 1], pads: [1, 1, 1, 1] };

/** x + conv(silu(norm(x)) + temb), with 16 channels. */
function resnet(): { x: Value; w: Value; y: Value } {
  const [x, temb, w, bias] = [
    input('x', [1, 16, 4, 4]),
    input('temb', [1, 16]),
    input('w', [16, 16, 3, 3]),
    input('b', [16]),
  ];
  const h = silu(groupNorm(x, input('scale', [16]), input('shift', [16]), 4, 1e-5));
  return { x, w, y: add(x, conv(add(h, reshape(temb, [1, 16, 1, 1])), w, bias, padded)) };
}

describe('a resnet block', () => {
  it('runs its trained convolution on the blocked kernel of a CPU', () => {
    expect(lowered(graph({ y: resnet().y }), cpu)).toMatchInlineSnapshot(`
      "%0: f32[1,16,4,4] = Input() {name: "x"}
      %1: f32[1,16] = Input() {name: "temb"}
      %2: f32[16,16,3,3] = Input() {name: "w"}
      %3: f32[16] = Input() {name: "b"}
      %4: f32[16] = Input() {name: "scale"}
      %5: f32[16] = Input() {name: "shift"}
      %6: f32[1,4,64] = Reshape(%0) {shape: [1,4,64]}
      %7: f32[4,4,1] = Reshape(%4) {shape: [4,4,1]}
      %8: f32[4,4,16] = Expand(%7) {shape: [4,4,16]}
      %9: f32[4,64] = Reshape(%8) {shape: [4,64]}
      %10: f32[4,4,1] = Reshape(%5) {shape: [4,4,1]}
      %11: f32[4,4,16] = Expand(%10) {shape: [4,4,16]}
      %12: f32[4,64] = Reshape(%11) {shape: [4,64]}
      %13: f32[1,4,64], %14: f32[1,4,1], %15: f32[1,4,1] = AffineLayerNormalization(%6, %9, %12) {epsilon: 0.00001}
      %16: f32[1,16,4,4] = Reshape(%13) {shape: [1,16,4,4]}
      %17: f32[1,16,4,4] = SwishAlpha(%16) {alpha: 1}
      %18: f32[1,16,1,1] = Reshape(%1) {shape: [1,16,1,1]}
      %19: f32[1,16,4,4] = Add(%17, %18)
      %20: f32[1,16,1,16,3,3] = Reshape(%2) {shape: [1,16,1,16,3,3]}
      %21: f32[1,1,3,3,16,16] = Transpose(%20) {perm: [0,2,4,5,3,1]}
      %22: f32[16,16,3,3] = Reshape(%21) {shape: [16,16,3,3]}
      %23: f32[1,16,4,4] = ReorderInput(%19)
      %24: f32[1,16,4,4] = BlockedConv(%23, %22, %3) {strides: [1,1], pads: [1,1,1,1], kernel: [3,3]}
      %25: f32[1,16,4,4] = ReorderOutput(%24) {channels: 16}
      %26: f32[1,16,4,4] = Add(%0, %25)
      return y = %26"
    `);
  });

  it('is plain ONNX elsewhere', () => {
    expect(lowered(graph({ y: resnet().y }), onnx)).toMatchInlineSnapshot(`
      "%0: f32[1,16,4,4] = Input() {name: "x"}
      %1: f32[1,16] = Input() {name: "temb"}
      %2: f32[16,16,3,3] = Input() {name: "w"}
      %3: f32[16] = Input() {name: "b"}
      %4: f32[16] = Input() {name: "scale"}
      %5: f32[16] = Input() {name: "shift"}
      %6: f32[64] = Constant() {data: [1, 1, 1, 1, 1, 1, … 64]}
      %7: f32[64] = Constant() {data: [0, 0, 0, 0, 0, 0, … 64]}
      %8: f32[1,4,64] = Reshape(%0) {shape: [1,4,64]}
      %9: f32[1,4,64], %10: f32[1,4,1], %11: f32[1,4,1] = LayerNormalization(%8, %6, %7) {epsilon: 0.00001}
      %12: f32[1,16,16] = Reshape(%9) {shape: [1,16,16]}
      %13: f32[16,1] = Reshape(%4) {shape: [16,1]}
      %14: f32[1,16,16] = Mul(%12, %13)
      %15: f32[16,1] = Reshape(%5) {shape: [16,1]}
      %16: f32[1,16,16] = Add(%14, %15)
      %17: f32[1,16,4,4] = Reshape(%16) {shape: [1,16,4,4]}
      %18: f32[1,16,4,4] = Sigmoid(%17)
      %19: f32[1,16,4,4] = Mul(%17, %18)
      %20: f32[1,16,1,1] = Reshape(%1) {shape: [1,16,1,1]}
      %21: f32[1,16,4,4] = Add(%19, %20)
      %22: f32[1,16,4,4] = Conv(%21, %2, %3) {strides: [1,1], pads: [1,1,1,1]}
      %23: f32[1,16,4,4] = Add(%0, %22)
      return y = %23"
    `);
  });

  it('has a backward that turns the kernel instead of transposing the convolution', () => {
    const { x, w, y } = resnet();
    const [toX, toW] = backward([{ of: y, gradient: input('g', y.shape) }], [x, w]) as [Value, Value];
    const from = graph({ toX, toW });
    expect(opsOf(from, cpu)).toContain('BlockedConv');
    expect(opsOf(from, cpu)).not.toContain('ConvTranspose');
    expect(opsOf(from, plainCpu)).not.toContain('ConvTranspose');
    expect(opsOf(from, onnx)).toContain('ConvTranspose');
  });
});

describe('a convolution on a CPU', () => {
  const frozen = (name: string, shape: number[]): Value =>
    weight(name, shape, 'float32', { file: '/w.safetensors', offset: 0, length: 4 * shape.reduce((a, b) => a * b) });

  it('stays a plain one where its kernel is frozen, which the runtime packs at load', () => {
    const y = conv(input('x', [1, 16, 4, 4]), frozen('w', [16, 16, 3, 3]), null, padded);
    expect(opsOf(graph({ y }), cpu)).toEqual(['Input', 'Weight', 'Conv']);
  });

  it('stays a plain one where the channels do not fill blocks', () => {
    const y = conv(input('x', [1, 16, 4, 4]), input('w', [4, 16, 3, 3]), null, padded);
    expect(opsOf(graph({ y }), cpu)).toEqual(['Input', 'Input', 'Conv']);
  });
});

describe('attention', () => {
  const tokens = (name: string): Value => input(name, [2, 5, 8]);

  it('becomes MultiHeadAttention on a CPU where nobody reads the probabilities', () => {
    const y = attention(tokens('q'), tokens('k'), tokens('v'), { heads: 2 });
    expect(lowered(graph({ y }), cpu)).toMatchInlineSnapshot(`
      "%0: f32[2,5,8] = Input() {name: "q"}
      %1: f32[2,5,8] = Input() {name: "k"}
      %2: f32[2,5,8] = Input() {name: "v"}
      %3: f32[2,5,8] = MultiHeadAttention(%0, %1, %2) {num_heads: 2, scale: 0.5, unidirectional: false}
      return y = %3"
    `);
  });

  it('keeps the probabilities where its backward reads them', () => {
    const [q, k, v] = [tokens('q'), tokens('k'), tokens('v')];
    const y = attention(q, k, v, { heads: 2 });
    const [toV] = backward([{ of: y, gradient: input('g', y.shape) }], [v]) as [Value];
    expect(lowered(graph({ y, toV }), cpu)).toMatchInlineSnapshot(`
      "%0: f32[2,5,8] = Input() {name: "q"}
      %1: f32[2,5,8] = Input() {name: "k"}
      %2: f32[2,5,8] = Input() {name: "v"}
      %3: f32[2,5,8] = Input() {name: "g"}
      %4: f32[] = Constant() {data: [0.5]}
      %5: f32[2,5,8] = MultiHeadAttention(%0, %1, %2) {num_heads: 2, scale: 0.5, unidirectional: false}
      %6: f32[2,5,8] = Mul(%0, %4)
      %7: f32[2,5,2,4] = Reshape(%6) {shape: [2,5,2,4]}
      %8: f32[2,2,5,4] = Transpose(%7) {perm: [0,2,1,3]}
      %9: f32[4,5,4] = Reshape(%8) {shape: [4,5,4]}
      %10: f32[2,5,2,4] = Reshape(%1) {shape: [2,5,2,4]}
      %11: f32[2,2,5,4] = Transpose(%10) {perm: [0,2,1,3]}
      %12: f32[4,5,4] = Reshape(%11) {shape: [4,5,4]}
      %13: f32[2,5,2,4] = Reshape(%3) {shape: [2,5,2,4]}
      %14: f32[2,2,5,4] = Transpose(%13) {perm: [0,2,1,3]}
      %15: f32[4,5,4] = Reshape(%14) {shape: [4,5,4]}
      %16: f32[4,5,5] = FusedMatMul(%9, %12) {alpha: 1, transA: false, transB: true}
      %17: f32[4,5,5] = Softmax(%16)
      %18: f32[4,5,4] = FusedMatMul(%17, %15) {alpha: 1, transA: true, transB: false}
      %19: f32[2,2,5,4] = Reshape(%18) {shape: [2,2,5,4]}
      %20: f32[2,5,2,4] = Transpose(%19) {perm: [0,2,1,3]}
      %21: f32[2,5,8] = Reshape(%20) {shape: [2,5,8]}
      return y = %5, toV = %21"
    `);
  });

  it('adds a mask where it is causal', () => {
    const y = attention(tokens('q'), tokens('k'), tokens('v'), { heads: 2, causal: true });
    const ops = opsOf(graph({ y }), cpu);
    expect(ops.slice(ops.indexOf('MatMul')).slice(0, 3)).toEqual(['MatMul', 'Add', 'Softmax']);
  });

  it('is products and a softmax elsewhere', () => {
    const y = attention(tokens('q'), tokens('k'), tokens('v'), { heads: 2 });
    expect(opsOf(graph({ y }), onnx)).toMatchInlineSnapshot(`
      [
        "Input",
        "Input",
        "Input",
        "Constant",
        "Reshape",
        "Transpose",
        "Mul",
        "Reshape",
        "Transpose",
        "MatMul",
        "Softmax",
        "Reshape",
        "Transpose",
        "MatMul",
        "Transpose",
        "Reshape",
      ]
    `);
  });
});

describe('GroupNormalization', () => {
  const norm = (): Graph =>
    graph({ y: groupNorm(input('x', [2, 4, 3, 3]), input('scale', [4]), input('shift', [4]), 2, 1e-5) });

  it('carries its affine map in LayerNormalization on a CPU', () => {
    expect(lowered(norm(), cpu)).toMatchInlineSnapshot(`
      "%0: f32[2,4,3,3] = Input() {name: "x"}
      %1: f32[4] = Input() {name: "scale"}
      %2: f32[4] = Input() {name: "shift"}
      %3: f32[2,2,18] = Reshape(%0) {shape: [2,2,18]}
      %4: f32[2,2,1] = Reshape(%1) {shape: [2,2,1]}
      %5: f32[2,2,9] = Expand(%4) {shape: [2,2,9]}
      %6: f32[2,18] = Reshape(%5) {shape: [2,18]}
      %7: f32[2,2,1] = Reshape(%2) {shape: [2,2,1]}
      %8: f32[2,2,9] = Expand(%7) {shape: [2,2,9]}
      %9: f32[2,18] = Reshape(%8) {shape: [2,18]}
      %10: f32[2,2,18], %11: f32[2,2,1], %12: f32[2,2,1] = AffineLayerNormalization(%3, %6, %9) {epsilon: 0.00001}
      %13: f32[2,4,3,3] = Reshape(%10) {shape: [2,4,3,3]}
      return y = %13"
    `);
  });

  it('applies its affine map per channel elsewhere', () => {
    expect(lowered(norm(), onnx)).toMatchInlineSnapshot(`
      "%0: f32[2,4,3,3] = Input() {name: "x"}
      %1: f32[4] = Input() {name: "scale"}
      %2: f32[4] = Input() {name: "shift"}
      %3: f32[18] = Constant() {data: [1, 1, 1, 1, 1, 1, … 18]}
      %4: f32[18] = Constant() {data: [0, 0, 0, 0, 0, 0, … 18]}
      %5: f32[2,2,18] = Reshape(%0) {shape: [2,2,18]}
      %6: f32[2,2,18], %7: f32[2,2,1], %8: f32[2,2,1] = LayerNormalization(%5, %3, %4) {epsilon: 0.00001}
      %9: f32[2,4,9] = Reshape(%6) {shape: [2,4,9]}
      %10: f32[4,1] = Reshape(%1) {shape: [4,1]}
      %11: f32[2,4,9] = Mul(%9, %10)
      %12: f32[4,1] = Reshape(%2) {shape: [4,1]}
      %13: f32[2,4,9] = Add(%11, %12)
      %14: f32[2,4,3,3] = Reshape(%13) {shape: [2,4,3,3]}
      return y = %14"
    `);
  });
});

describe('a product of matrices on a CPU', () => {
  it('takes a transpose of the last two axes in', () => {
    const y = matmul(swapLast(input('a', [2, 3, 4])), input('b', [2, 3, 5]));
    expect(lowered(graph({ y }), cpu)).toMatchInlineSnapshot(`
      "%0: f32[2,3,4] = Input() {name: "a"}
      %1: f32[2,3,5] = Input() {name: "b"}
      %2: f32[2,4,5] = FusedMatMul(%0, %1) {alpha: 1, transA: true, transB: false}
      return y = %2"
    `);
  });

  it('stays MatMul where nothing is transposed', () => {
    const y = sum(matmul(input('a', [2, 3, 4]), input('b', [4, 5])));
    expect(opsOf(graph({ y }), cpu)).toEqual(['Input', 'Input', 'MatMul', 'ReduceSum']);
  });
});

describe('on WebGPU', () => {
  const [q, k, v] = ['q', 'k', 'v'].map((name) => input(name, [2, 5, 8])) as [Value, Value, Value];

  it('attention is products and a softmax, for its own kernel is not right', () => {
    expect(opsOf(graph({ y: attention(q, k, v, { heads: 2 }) }), webgpu)).not.toContain('MultiHeadAttention');
  });

  it('a product takes transposes in where it is of matrices', () => {
    const [a, b] = [input('a', [3, 4]), input('b', [3, 5])];
    expect(opsOf(graph({ y: matmul(swapLast(a), b) }), webgpu)).toEqual(['Input', 'Input', 'Gemm']);
    expect(opsOf(graph({ y: matmul(swapLast(q), k) }), webgpu)).toContain('Transpose');
  });

  it.each(['sin', 'cos'] as const)('%s is taken without asking the device for it', (name) => {
    const ops = opsOf(graph({ y: { sin, cos }[name](input('x', [4])) }), webgpu);
    expect(ops).not.toContain('Sin');
    expect(ops).not.toContain('Cos');
  });
});
