import { add, mul } from '../../ops/elementwise.js';
import { gemm, matmul } from '../../ops/matmul.js';
import { reshape, unsqueeze } from '../../ops/shape.js';
import type { Value } from '../../value.js';
import { withLinearAdapter } from './adapters.js';
import { einsum } from './einsum.js';
import { always, type Rows } from './row.js';

export const matmulRows: Rows = {
  MatMul: always((node) => {
    const [x, w] = [node.value(0), node.value(1)];
    return withLinearAdapter(node, product(x, w), x);
  }),

  Gemm: always((node) => {
    const [a, b] = [node.value(0), node.value(1)];
    const [transA, transB] = [node.int('transA', 0) === 1, node.int('transB', 0) === 1];
    const [alpha, beta] = [node.float('alpha', 1), node.float('beta', 1)];
    const c = node.optional(2);
    const fits = c && alpha === 1 && beta === 1 && c.shape.length === 1 && c.shape[0] === b.shape[transB ? 0 : 1];
    const y = gemm(a, b, { transA, transB, bias: fits ? c : null });
    const scaled = alpha === 1 ? y : mul(y, alpha);
    const full = c && !fits ? add(scaled, beta === 1 ? c : mul(c, beta)) : scaled;
    return transA ? full : withLinearAdapter(node, full, a, alpha);
  }),

  Einsum: always((node) => {
    const operands = Array.from({ length: node.inputs }, (_, i) => node.value(i));
    return einsum(node.string('equation'), operands);
  }),
};

/**
 * NumPy's product: a vector on the left is a row, on the right a column, and neither stays. A matrix on the right of many
 * rows is one product.
 */
export function product(a: Value, b: Value): Value {
  if (a.shape.length === 1) return dropAxis(product(unsqueeze(a, [0]), b), -2);
  if (b.shape.length === 1) return dropAxis(product(a, unsqueeze(b, [1])), -1);
  if (b.shape.length === 2 && a.shape.length > 2)
    return reshape(matmul(reshape(a, [-1, a.shape.at(-1) as number]), b), [
      ...a.shape.slice(0, -1),
      b.shape[1] as number,
    ]);
  return matmul(a, b);
}

function dropAxis(x: Value, axis: -1 | -2): Value {
  return reshape(x, x.shape.toSpliced(axis, 1));
}
