import { joinHeads, splitHeads } from '../../gradients/attention.js';
import { causalMask } from '../../ops/attention.js';
import { add, mul, sigmoid } from '../../ops/elementwise.js';
import { constant } from '../../ops/leaf.js';
import { matmul } from '../../ops/matmul.js';
import { softmax } from '../../ops/norm.js';
import { reshape, swapLast } from '../../ops/shape.js';
import { dim, make, makeNode, size, type Value } from '../../value.js';
import type { Lowering } from './index.js';

/** Ops that ONNX does not have, by those it has. For every provider. */
export const standard: Lowering = {
  StopGradient: (_node, [x]) => [x],
  Silu: (_node, [x]) => [mul(x, sigmoid(x))],
  QuickGelu: (_node, [x]) => [mul(x, sigmoid(mul(1.702, x)))],

  Attention: ({ attributes: { heads, scale, causal } }, [q, k, v]) => {
    const scores = matmul(mul(splitHeads(q, heads), scale), swapLast(splitHeads(k, heads)));
    const masked = causal ? add(scores, causalMask(dim(q, 1), dim(k, 1))) : scores;
    return [joinHeads(matmul(softmax(masked), splitHeads(v, heads)))];
  },

  // LayerNormalization over the members of a group. Its affine map is one pass with the channels along an axis of their own.
  GroupNormalization: ({ attributes: { groups, epsilon } }, [x, scale, bias]) => {
    const [batch, channels] = [dim(x, 0), dim(x, 1)];
    const members = size(x.shape) / (batch * groups);
    const rows = reshape(x, [batch, groups, members]);
    const stat = { dtype: x.dtype, shape: [batch, groups, 1] };
    const unit = [constant(new Float32Array(members).fill(1)), constant(new Float32Array(members))] as const;
    const [normal, mean, inverse] = makeNode('LayerNormalization', [rows, ...unit], { epsilon }, [rows, stat, stat]);
    const byChannel = reshape(normal as Value, [batch, channels, -1]);
    const scaled = add(mul(byChannel, reshape(scale, [channels, 1])), reshape(bias, [channels, 1]));
    return [reshape(scaled, x.shape), mean, inverse];
  },

  SumPool: ({ attributes: { factor } }, [x]) => [
    mul(make('AveragePool', [x], { factor }, { dtype: x.dtype, shape: pooled(x, factor) }), factor * factor),
  ],
};

function pooled(x: Value, factor: number): number[] {
  return [dim(x, 0), dim(x, 1), dim(x, 2) / factor, dim(x, 3) / factor];
}
