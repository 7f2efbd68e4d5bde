import { add, mul, where } from '../../ops/elementwise.js';
import { constant } from '../../ops/leaf.js';
import { matmul } from '../../ops/matmul.js';
import { softmax } from '../../ops/norm.js';
import { expand, reshape, swapLast, transpose } from '../../ops/shape.js';
import { dim, type Value } from '../../value.js';
import { OnnxError } from './onnx-error.js';
import { always, type Rows } from './row.js';

export const attentionRows: Rows = {
  // Opset 23: (B, N, L, E), or (B, L, N·E) with the heads stated.
  Attention: always((node) => {
    if (node.inputs > 4 && [4, 5].some((i) => node.optionalItem(i))) throw new OnnxError('a past is not read');
    if (node.outputs > 1) throw new OnnxError('its past and its scores are asked for, which are not read');
    if (node.float('softcap', 0)) throw new OnnxError('softcap is not read');
    const flat = node.item(0).shape.length === 3;
    const heads = (i: number, name: string): Value => (flat ? toHeads(node.value(i), node.int(name)) : node.value(i));
    const q = heads(0, 'q_num_heads');
    const [k, v] = [heads(1, 'kv_num_heads'), heads(2, 'kv_num_heads')].map((x) => repeatHeads(x, dim(q, 1))) as [
      Value,
      Value,
    ];
    const scale = node.float('scale', dim(q, -1) ** -0.5);
    const causal = node.int('is_causal', 0) ? causalMask(dim(q, 2), dim(k, 2)) : null;
    const scores = mul(matmul(q, swapLast(k)), scale);
    const y = matmul(softmax(masked(masked(scores, causal), node.inputs > 3 ? node.optional(3) : null)), v);
    return flat ? fromHeads(y) : y;
  }),
};

export const toHeads = (x: Value, heads: number): Value =>
  transpose(reshape(x, [dim(x, 0), dim(x, 1), heads, dim(x, 2) / heads]), [0, 2, 1, 3]);

export const fromHeads = (x: Value): Value =>
  reshape(transpose(x, [0, 2, 1, 3]), [dim(x, 0), dim(x, 2), dim(x, 1) * dim(x, 3)]);

/** Grouped heads: each of fewer keys serves several queries. */
function repeatHeads(x: Value, heads: number): Value {
  const [batch, own, length, width] = x.shape as [number, number, number, number];
  if (own === heads) return x;
  const spread = expand(reshape(x, [batch, own, 1, length, width]), [batch, own, heads / own, length, width]);
  return reshape(spread, [batch, heads, length, width]);
}

/** The type's lowest number, as the operator's definition has it: a row that sees nothing stays finite. */
const lowest = -3.4028234663852886e38;

/** A mask of numbers to add, or of what may be seen. */
export function masked(scores: Value, mask: Value | null): Value {
  if (!mask) return scores;
  return mask.dtype === 'bool' ? where(mask, scores, lowest) : add(scores, mask);
}

/** (L, S), true where query i may see key j ≤ i. */
export function causalMask(queries: number, keys: number): Value {
  const mask = Array.from({ length: queries * keys }, (_, at) => (at % keys <= Math.floor(at / keys) ? 1 : 0));
  return constant(mask, [queries, keys], 'bool');
}
