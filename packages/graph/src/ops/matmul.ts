import { broadcastShapes, commonType, dim, make, ShapeError, type Value } from '../value.js';
import type { None } from './table.js';

export interface MatmulOps {
  /** (…, M, K) × (…, K, N) → (…, M, N), leading axes broadcast. */
  MatMul: { inputs: [Value, Value]; attributes: None };
  /** op(a) op(b) + c for matrices a, b and a bias c (N). */
  Gemm: { inputs: [Value, Value] | [Value, Value, Value]; attributes: { transA: boolean; transB: boolean } };
}

export function matmul(a: Value, b: Value): Value {
  if (a.shape.length < 2 || b.shape.length < 2 || dim(a, -1) !== dim(b, -2))
    throw new ShapeError(`MatMul: (${a.shape.join(', ')}) × (${b.shape.join(', ')}): inner lengths differ`);
  const batch = broadcastShapes('MatMul', a.shape.slice(0, -2), b.shape.slice(0, -2));
  return make('MatMul', [a, b], {}, { dtype: commonType('MatMul', [a, b]), shape: [...batch, dim(a, -2), dim(b, -1)] });
}

/** The product of two matrices, either transposed first, with an optional bias (N) added to every row. */
export function gemm(a: Value, b: Value, { transA = false, transB = false, bias = null as Value | null } = {}): Value {
  const [m, k] = transA ? [dim(a, 1), dim(a, 0)] : [dim(a, 0), dim(a, 1)];
  const [k2, n] = transB ? [dim(b, 1), dim(b, 0)] : [dim(b, 0), dim(b, 1)];
  if (
    a.shape.length !== 2 ||
    b.shape.length !== 2 ||
    k !== k2 ||
    (bias && (bias.shape.length !== 1 || bias.shape[0] !== n))
  )
    throw new ShapeError(
      `Gemm: (${a.shape.join(', ')})${transA ? 'ᵀ' : ''} × (${b.shape.join(', ')})${transB ? 'ᵀ' : ''} + (${bias?.shape.join(', ') ?? ''}) does not fit`,
    );
  const operands: [Value, Value] | [Value, Value, Value] = bias ? [a, b, bias] : [a, b];
  return make('Gemm', operands, { transA, transB }, { dtype: commonType('Gemm', operands), shape: [m, n] });
}
