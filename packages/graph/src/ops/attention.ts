import { commonType, dim, makeNode, ShapeError, type Value } from '../value.js';

export interface AttentionOps {
  /**
   * softmax(q kᵀ · scale [+ causal mask]) v per head: q (B, L, D), k (B, S, D), v (B, S, D) → (B, L, D), and the
   * probabilities (B, N, L, S), which only a backward reads: where none does, lowering takes a kernel that never stores them.
   */
  Attention: {
    inputs: [Value, Value, Value];
    attributes: { heads: number; scale: number; causal: boolean };
    outputs: 'many';
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
  return makeNode('Attention', [q, k, v], { heads, scale: scale ?? (width / heads) ** -0.5, causal }, [
    { dtype, shape: [batch, length, dim(v, 2)] },
    { dtype, shape: [batch, heads, length, keys] },
  ])[0] as Value;
}
