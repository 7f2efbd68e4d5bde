import { commonType, dim, make, ShapeError, type Value } from '../value.js';
import { constant } from './leaf.js';

export interface AttentionOps {
  /**
   * softmax(q kᵀ · scale [+ causal mask]) v per head: q (B, L, D), k (B, S, D), v (B, S, D) → (B, L, D). The probabilities are
   * an output of nothing: kernels need not store them, and the gradient rule computes them again.
   */
  Attention: {
    inputs: [Value, Value, Value];
    attributes: { heads: number; scale: number; causal: boolean };
  };
}

/** Multi-head attention. Default scale: 1/√(D/heads). */
export function attention(
  q: Value,
  k: Value,
  v: Value,
  { heads, scale, causal = false }: { heads: number; scale?: number; causal?: boolean },
): Value {
  const [batch, length, width] = [dim(q, 0), dim(q, 1), dim(q, 2)];
  const keys = dim(k, 1);
  if (
    width % heads ||
    dim(k, 2) !== width ||
    dim(v, 1) !== keys ||
    dim(v, 2) % heads ||
    dim(k, 0) !== batch ||
    dim(v, 0) !== batch
  )
    throw new ShapeError(
      `Attention: q (${q.shape.join(', ')}), k (${k.shape.join(', ')}), v (${v.shape.join(', ')}) with ${heads} heads do not fit`,
    );
  const dtype = commonType('Attention', [q, k, v]);
  return make(
    'Attention',
    [q, k, v],
    { heads, scale: scale ?? (width / heads) ** -0.5, causal },
    { dtype, shape: [batch, length, dim(v, 2)] },
  );
}

/** (L, S): 0 where query i may see key j ≤ i + S − L, else a number that softmax turns into 0. */
export function causalMask(queries: number, keys: number): Value {
  const mask = new Float32Array(queries * keys);
  for (let i = 0; i < queries; i++)
    for (let j = 0; j < keys; j++) if (j > i + keys - queries) mask[i * keys + j] = -3.4028234663852886e38;
  return constant(mask, [queries, keys]);
}
