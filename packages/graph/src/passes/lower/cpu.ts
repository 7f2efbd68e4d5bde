import { is } from '../../graph.js';
import { expand, reshape } from '../../ops/shape.js';
import { dim, make, makeNode, type Node, size, type Value } from '../../value.js';
import { convRows } from './cpu-conv.js';
import type { Lowering } from './index.js';

/**
 * ONNX Runtime's CPU provider: contrib kernels that save passes over memory (measured in docs/performance.md).
 */
export const cpu = (convBlock: number | null, mapped: boolean): Lowering => ({
  ...convRows(convBlock, mapped),

  Silu: (_node, [x]) => [make('SwishAlpha', [x], { alpha: 1 }, x)],
  QuickGelu: (_node, [x]) => [make('SwishAlpha', [x], { alpha: 1.702 }, x)],

  // Transposes of the last two axes go into the product, which packs its operands anyway.
  MatMul: (node, [a, b]) => {
    const [left, right] = [untransposed(a), untransposed(b)];
    if (left === a && right === b) return null;
    const attributes = { alpha: 1, transA: left !== a, transB: right !== b };
    return [make('FusedMatMul', [left, right], attributes, node.outputs[0] as Value)];
  },

  // The contrib kernel never has all probabilities in memory. It knows no causal mask that ends at the last key.
  Attention: ({ attributes: { heads, scale, causal }, outputs }, inputs) =>
    causal
      ? null
      : [
          make(
            'MultiHeadAttention',
            [...inputs],
            { num_heads: heads, scale, unidirectional: false },
            outputs[0] as Value,
          ),
        ],

  // The affine map rides along in LayerNormalization, whose scale may differ per group. Packed, it is expanded at load; mapped,
  // for each use, or all of them would stay in memory: 300 MB for SD 1.5.
  GroupNormalization: ({ attributes: { groups, epsilon } }, [x, scale, bias]) => {
    const [batch, channels] = [dim(x, 0), dim(x, 1)];
    const area = size(x.shape.slice(2));
    const members = (channels / groups) * area;
    const rows = reshape(x, [batch, groups, members]);
    const along = (perChannel: Value): Value => {
      const late =
        mapped || 4 * groups * members >= expandedBytes ? make('Barrier', [perChannel, x], {}, perChannel) : perChannel;
      return reshape(expand(reshape(late, [groups, channels / groups, 1]), [groups, channels / groups, area]), [
        groups,
        members,
      ]);
    };
    const stat = { dtype: x.dtype, shape: [batch, groups, 1] };
    const [y, mean, inverse] = makeNode('AffineLayerNormalization', [rows, along(scale), along(bias)], { epsilon }, [
      rows,
      stat,
      stat,
    ]);
    return [reshape(y as Value, x.shape), mean, inverse];
  },
});

/** Of a group norm's expanded scale, when it may be made at load: those of a VAE at 512×512 are 8 GB. */
const expandedBytes = 2 ** 20;

/** What a value transposes, if it only swaps the last two axes. */
export function untransposed(value: Value): Value {
  const node: Node = value.node;
  if (!is(node, 'Transpose')) return value;
  const { perm } = node.attributes;
  const rank = perm.length;
  const swapsLast = perm.every((axis, i) => axis === (i === rank - 1 ? rank - 2 : i === rank - 2 ? rank - 1 : i));
  return swapsLast ? node.inputs[0] : value;
}
