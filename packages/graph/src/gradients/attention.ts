import type { AttentionOps } from '../ops/attention.js';
import { mul, sub } from '../ops/elementwise.js';
import { matmul } from '../ops/matmul.js';
import { sum } from '../ops/reduce.js';
import { reshape, swapLast, transpose } from '../ops/shape.js';
import { dim, type Value } from '../value.js';
import type { Vjp } from './vjp.js';

export const attentionVjps: { [Op in keyof AttentionOps]: Vjp<Op> } = {
  /** P = softmax(q kᵀ c), o = P v: dv = Pᵀ g, dP = g vᵀ, dS = P (dP − Σ dP P), dq = c dS k, dk = c dSᵀ q. */
  Attention: ([g, gProbabilities], [, probabilities], [q, k, v], { heads, scale }) => {
    if (!g || gProbabilities || !probabilities)
      throw new RangeError('the probabilities of an attention have no gradient');
    const [gh, qh, kh, vh] = [g, q, k, v].map((x) => splitHeads(x as Value, heads)) as [Value, Value, Value, Value];
    const toProbabilities = matmul(gh, swapLast(vh)); // (B, N, L, S)
    const weighted = mul(toProbabilities, probabilities);
    const toScores = sub(weighted, mul(probabilities, sum(weighted, [-1], { keepdims: true })));
    return [
      mul(joinHeads(matmul(toScores, kh)), scale),
      mul(joinHeads(matmul(swapLast(toScores), qh)), scale),
      joinHeads(matmul(swapLast(probabilities), gh)),
    ];
  },
};

/** (B, L, N·E) → (B, N, L, E) */
export function splitHeads(x: Value, heads: number): Value {
  return transpose(reshape(x, [dim(x, 0), dim(x, 1), heads, dim(x, 2) / heads]), [0, 2, 1, 3]);
}

/** (B, N, L, E) → (B, L, N·E) */
export function joinHeads(x: Value): Value {
  return reshape(transpose(x, [0, 2, 1, 3]), [dim(x, 0), dim(x, 2), dim(x, 1) * dim(x, 3)]);
}
