import { add, gelu, mul, quickGelu, sigmoid } from '../../ops/elementwise.js';
import { matmul } from '../../ops/matmul.js';
import { softmax } from '../../ops/norm.js';
import { swapLast } from '../../ops/shape.js';
import { dim, type Value } from '../../value.js';
import type { OnnxNode } from './node.js';
import { OnnxError } from './onnx-error.js';
import { always, type Rows } from './row.js';
import { tanhGelu } from './rows-activation.js';
import { causalMask, fromHeads, masked, toHeads } from './rows-attention.js';
import { product } from './rows-matmul.js';

/** Operators of ONNX Runtime's own domain, com.microsoft, which its optimiser writes. */
export const contribRows: Rows = {
  Gelu: always((node) => gelu(node.value(0))),
  FastGelu: always((node) => tanhGelu(plusBias(node))),
  BiasGelu: always((node) => gelu(plusBias(node))),
  QuickGelu: always((node) => {
    const alpha = node.float('alpha', 1.702);
    const x = node.value(0);
    return Math.abs(alpha - 1.702) < 1e-6 ? quickGelu(x) : mul(x, sigmoid(mul(x, alpha)));
  }),

  FusedMatMul: always((node) => {
    if (node.int('transBatchA', 0) || node.int('transBatchB', 0))
      throw new OnnxError('transposed batches are not read');
    const [a, b] = [node.value(0), node.value(1)];
    const left = node.int('transA', 0) ? swapLast(a) : a;
    const right = node.int('transB', 0) ? swapLast(b) : b;
    return mul(product(left, right), node.float('alpha', 1));
  }),

  // Query, key and value (B, L, N·E).
  MultiHeadAttention: always((node) => {
    const heads = node.int('num_heads');
    const given = [0, 1, 2].map((i) => node.value(i)) as [Value, Value, Value];
    const more = Array.from({ length: node.inputs }, (_, i) => node.optionalItem(i)).filter((item) => item).length > 3;
    if (more || node.outputs > 1 || given.some((x) => x.shape.length !== 3))
      throw new OnnxError('only a query, a key and a value (B, L, D) are read, without bias, mask or past');
    const [q, k, v] = given.map((x) => toHeads(x, heads)) as [Value, Value, Value];
    const scale = node.float('scale', 0) || dim(q, -1) ** -0.5;
    const causal = node.int('unidirectional', 0) ? causalMask(dim(q, 2), dim(k, 2)) : null;
    return fromHeads(matmul(softmax(masked(mul(matmul(q, swapLast(k)), scale), causal)), v));
  }),
};

function plusBias(node: OnnxNode): Value {
  const bias = node.optional(1);
  return bias ? add(node.value(0), bias) : node.value(0);
}
