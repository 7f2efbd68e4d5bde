import { gemm, type MatmulOps, matmul } from '../ops/matmul.js';
import { sum } from '../ops/reduce.js';
import { swapLast } from '../ops/shape.js';
import type { Value } from '../value.js';
import type { Vjp } from './vjp.js';

export const matmulVjps: { [Op in keyof MatmulOps]: Vjp<Op> } = {
  MatMul: (g, _y, [a, b]) => [matmul(g, swapLast(b)), matmul(swapLast(a), g)],
  // y = op(a) op(b) + c: op(a) gets g op(b)ᵀ, op(b) gets op(a)ᵀ g; a transposed operand gets the transpose of that.
  Gemm: (g, _y, inputs, { transA, transB }) => {
    const [a, b, bias] = inputs;
    const toA = transA ? gemm(b, g, { transA: transB, transB: true }) : gemm(g, b, { transB: !transB });
    const toB = transB ? gemm(g, a, { transA: true, transB: transA }) : gemm(a, g, { transA: !transA });
    return (bias ? [toA, toB, sum(g, [0])] : [toA, toB]) as [Value, Value];
  },
};
