import { type AttentionOps, causalMask } from '../ops/attention.js';
import { add, mul, neg } from '../ops/elementwise.js';
import { constant } from '../ops/leaf.js';
import { matmul } from '../ops/matmul.js';
import { softmax } from '../ops/norm.js';
import { sum } from '../ops/reduce.js';
import { concat, reshape, slice, split, swapLast, transpose } from '../ops/shape.js';
import { dim, type Value } from '../value.js';
import type { Vjp } from './vjp.js';

/** Scores that are in memory at a time: 64 MiB, one head of 4,096 queries and keys. */
const chunkElements = 2 ** 24;

export const attentionVjps: { [Op in keyof AttentionOps]: Vjp<Op> } = {
  /**
   * P = softmax(c q kᵀ), o = P v: dv = Pᵀ g, dS = P (g vᵀ − Σ g o), dq = c dS k, dk = c dSᵀ q. P is computed again from q and k,
   * a few heads at a time, or a few queries of one head. The row sum rides along as one more column of g and of v, so that dS is one pass over the scores.
   */
  Attention: (g, o, [q, k, v], { heads, scale, causal }) => {
    const [batch, queries, keys] = [dim(q, 0), dim(q, 1), dim(k, 1)];
    const scaled = byHead(mul(q, scale), heads); // (B·N, L, E)
    const [kh, vh, gh] = [byHead(k, heads), byHead(v, heads), byHead(g, heads)];
    const perHead = sum(reshape(mul(g, o), [batch, queries, heads, -1]), [3]); // (B, L, N)
    const offset = reshape(neg(transpose(perHead, [0, 2, 1])), [batch * heads, queries, 1]);
    const gWide = concat([gh, offset], 2); // (B·N, L, E + 1)
    const vWide = concat([vh, constant(new Float32Array(batch * heads * keys).fill(1), [batch * heads, keys, 1])], 2);
    const mask = causal ? causalMask(queries, keys) : null;

    const take = Math.max(1, Math.floor(chunkElements / (queries * keys)));
    const rows = Math.max(1, Math.min(queries, Math.floor(chunkElements / keys)));
    const chunks: Value[][] = [];
    for (let from = 0; from < batch * heads; from += take) {
      const [kc, vc] = [part(kh, 0, from, take), part(vWide, 0, from, take)];
      const [qc, gc, wc] = [part(scaled, 0, from, take), part(gh, 0, from, take), part(gWide, 0, from, take)];
      const toQuery: Value[] = [];
      let toKey: Value | null = null;
      let toValue: Value | null = null;
      for (let row = 0; row < queries; row += rows) {
        const [qr, gr] = [part(qc, 1, row, rows), part(gc, 1, row, rows)];
        const scores = matmul(qr, swapLast(kc));
        const p = softmax(mask ? add(scores, part(mask, 0, row, rows)) : scores); // (chunk, rows, S)
        const toScores = mul(p, matmul(part(wc, 1, row, rows), swapLast(vc)));
        toQuery.push(matmul(toScores, mul(kc, scale)));
        toKey = plus(toKey, matmul(swapLast(toScores), qr));
        toValue = plus(toValue, matmul(swapLast(p), gr));
      }
      chunks.push([concat(toQuery, 1), toKey as Value, toValue as Value]);
    }
    return joined(chunks).map((x) => joinHeads(reshape(x, [batch, heads, dim(x, 1), dim(x, 2)]))) as [
      Value,
      Value,
      Value,
    ];
  },
};

const plus = (sum: Value | null, addend: Value): Value => (sum ? add(sum, addend) : addend);

/** `count` entries along an axis; x itself where that is all of them. */
function part(x: Value, axis: number, from: number, count: number): Value {
  const to = Math.min(from + count, dim(x, axis));
  return from === 0 && to === dim(x, axis) ? x : slice(x, [axis], [from], [to]);
}

/**
 * Concatenates the chunks' dq, dk and dv. Through one tensor a chunk where there are several: the runtime finishes one tree of
 * results before the next, and with three it would keep every chunk's probabilities for the later two.
 */
function joined(chunks: readonly Value[][]): readonly Value[] {
  const [only, ...others] = chunks as [Value[], ...Value[][]];
  if (others.length === 0) return only;
  const whole = concat(
    chunks.map((chunk) => concat(chunk, 1)),
    0,
  );
  const lengths = only.map((x) => dim(x, 1));
  return split(whole, lengths, 1);
}

/** (B, L, N·E) → (B·N, L, E) */
function byHead(x: Value, heads: number): Value {
  return reshape(splitHeads(x, heads), [dim(x, 0) * heads, dim(x, 1), -1]);
}

/** (B, L, N·E) → (B, N, L, E) */
export function splitHeads(x: Value, heads: number): Value {
  return transpose(reshape(x, [dim(x, 0), dim(x, 1), heads, dim(x, 2) / heads]), [0, 2, 1, 3]);
}

/** (B, N, L, E) → (B, L, N·E) */
export function joinHeads(x: Value): Value {
  return reshape(transpose(x, [0, 2, 1, 3]), [dim(x, 0), dim(x, 2), dim(x, 1) * dim(x, 3)]);
}
