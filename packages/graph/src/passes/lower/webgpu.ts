import { foreign } from '../../ops/foreign.js';
import { groupedConvTranspose } from '../../ops/grouped-conv.js';
import { gemm } from '../../ops/matmul.js';
import { concat, split } from '../../ops/shape.js';
import { dim, make, type Value } from '../../value.js';
import { untransposed } from './cpu.js';
import type { Lowering } from './index.js';
import { portable } from './portable.js';

/**
 * ONNX Runtime's WebGPU provider: Gemm, and those contrib kernels that it has and that are right. MultiHeadAttention is not one:
 * of 256 tokens it was off by a third (onnxruntime-node 1.30 on SwiftShader), where products and a softmax are right. Integers of 64 bits are handed back to the CPU but as
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

  // The kernel is wrong (onnxruntime-node 1.30) where a group has several channels in and one out: each group by itself then.
  GroupedConvTranspose: ({ attributes: { group, outputPadding: _, ...geometry }, outputs: [y] }, [g, w]) => {
    const channels = dim(w, 0) / group;
    if (group === 1 || dim(w, 1) !== 1 || channels === 1 || !y) return null;
    const each = (of: Value, axis: number): readonly Value[] => split(of, new Array(group).fill(channels), axis);
    const kernels = each(w, 0);
    const transposed = each(g, 1).map((part, i) =>
      groupedConvTranspose(part, kernels[i] as Value, { ...geometry, group: 1 }, dim(y, 2), dim(y, 3)),
    );
    return [concat(transposed, 1)];
  },

  MaxPool: ({ attributes: { kernel, strides, pads, dilations, ceil }, outputs: [y] }, [x], isUsed) => {
    if (isUsed(1))
      throw new RangeError(
        'MaxPool: on WebGPU it does not say where its maxima are (onnxruntime-node 1.30), so it has no gradient there. ' +
          'Train this model with --device cpu.',
      );
    const attributes = {
      kernel_shape: { ints: kernel },
      strides: { ints: strides },
      pads: { ints: pads },
      dilations: { ints: dilations },
      ceil_mode: { int: ceil ? 1 : 0 },
    };
    return [foreign('MaxPool', [x], { attributes, place: 'MaxPool' }, [y as Value])[0], undefined];
  },
};
