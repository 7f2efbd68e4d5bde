import { gemm } from '../../ops/matmul.js';
import { make, type Value } from '../../value.js';
import { untransposed } from './cpu.js';
import type { Lowering } from './index.js';
import { portable } from './portable.js';

/**
 * ONNX Runtime's WebGPU provider: those contrib kernels that it has too. Integers of 64 bits are handed back to the CPU but as
 * indices; only text encoders that compare token ids do more with them.
 */
export const webgpu: Lowering = {
  ...portable,

  Silu: (_node, [x]) => [make('SwishAlpha', [x], { alpha: 1 }, x)],
  QuickGelu: (_node, [x]) => [make('SwishAlpha', [x], { alpha: 1.702 }, x)],

  // There is no FusedMatMul, but Gemm takes the transposes of matrices in.
  MatMul: (_node, [a, b]) => {
    const [left, right] = [untransposed(a), untransposed(b)];
    if ((left === a && right === b) || a.shape.length !== 2 || b.shape.length !== 2) return null;
    return [gemm(left, right, { transA: left !== a, transB: right !== b })];
  },

  // Where nobody reads the probabilities they need not exist.
  Attention: ({ attributes: { heads, scale, causal }, outputs }, inputs, isUsed) => {
    if (isUsed(1) || causal) return null;
    const attributes = { num_heads: heads, scale, unidirectional: false };
    return [make('MultiHeadAttention', [...inputs], attributes, outputs[0] as Value), undefined];
  },
};
