import {
  abs,
  add,
  cast,
  chunk,
  concat,
  constant,
  div,
  equal,
  exp,
  greater,
  logSigmoid,
  mean,
  mul,
  neg,
  reshape,
  sub,
  sum,
  type Value,
} from '@bradley/graph';
import { z } from 'zod';
import { errorOverReference, meanSquaredError } from './errors.js';
import { type Denoising, type DenoisingRanking, objective } from './objective.js';

/**
 * RankDPO. Karthik et al. 2024, arXiv:2410.18013, eq. 5–7. Of one prompt's k candidates, τ = 1 the best:
 *   ℒ = −Σ over τᵢ < τⱼ of Δᵢⱼ · log σ( −β/2 · (sᵢ − sⱼ) ),  sᵢ = ‖εⁱ − εⁱ_θ‖² − ‖εⁱ − εⁱ_ref‖²
 *   Δᵢⱼ = |Gᵢ − Gⱼ| · |1/D(τᵢ) − 1/D(τⱼ)|,  G = 2^φ − 1,  D(τ) = log(1 + τ)
 * summed over the k(k−1)/2 pairs of a prompt, mean over prompts. φ is a candidate's probability of being preferred: a constant, as
 * Δ is. Equal φ weigh nothing. ‖·‖² is the mean over (C, H, W).
 *
 * β is Diffusion-DPO's, with its ½, which the paper's formula has not: the paper's β is half of ours. No code was released. The paper
 * writes D with a natural logarithm; LambdaLoss takes base 2, which multiplies the whole loss by ln 2.
 *
 * `weights` are the arms of the paper's ablation: `gain` leaves the discounts out, Δ = |Gᵢ − Gⱼ|; `none` is Diffusion-DPO summed over
 * all pairs, Δ = 1 where φ differs.
 */
export const rankDpo = objective({
  name: 'rank-dpo',
  needs: { prediction: 'denoising', group: 'ranking', reference: 'error' },
  usesTies: false,
  options: z.object({
    beta: z.number().positive().default(5000).describe('strength of the tie to the reference, as in Diffusion-DPO'),
    weights: z
      .enum(['dcg', 'gain', 'none'])
      .default('dcg')
      .describe('of a pair: gains and discounts of DCG, gains alone, or all alike'),
    logBase: z.enum(['natural', '2']).default('natural').describe('base of the logarithm in the discounts'),
  }),
  loss({ sides, phi }: DenoisingRanking, { beta, ...weighting }) {
    const errors = sides.map(errorOverReference); // k of (B)
    const [better, worse] = bothOf(errors); // (P·B), P = k(k−1)/2
    const logits = mul(sub(better, worse), -beta / 2);
    const { weights, ordered } = pairWeights(phi, weighting);
    const batch = phi.shape[0] ?? 1;
    const [best, worst] = [sides[0], sides.at(-1)] as [Denoising, Denoising];
    const share = (x: Value): Value => div(sum(mul(ordered, x)), sum(ordered));
    return {
      loss: div(sum(mul(weights, neg(logSigmoid(logits)))), batch),
      metrics: {
        implicitAccuracy: share(add(isTrue(greater(logits, 0)), mul(0.5, isTrue(equal(logits, 0))))),
        margin: share(logits),
        chosenErrorOverReference: mean(errors[0] as Value),
        rejectedErrorOverReference: mean(errors.at(-1) as Value),
        modelError: mul(0.5, add(meanError(best), meanError(worst))),
      },
    };
  },
});

export interface RankWeighting {
  readonly weights: 'dcg' | 'gain' | 'none';
  readonly logBase: 'natural' | '2';
}

/**
 * Δ of every pair i < j, and 1 where its φ differ, else 0: (P·B) each, pair by pair in the order (0, 1), (0, 2), …, (k−2, k−1).
 *
 * @param phi (B, k), best first
 */
export function pairWeights(phi: Value, { weights, logBase }: RankWeighting): { weights: Value; ordered: Value } {
  const [batch, k] = phi.shape as [number, number];
  const columns = chunk(phi, k, 1).map((column) => reshape(column, [batch]));
  const [better, worse] = bothOf(columns);
  const ordered = isTrue(greater(better, worse));
  if (weights === 'none') return { weights: ordered, ordered };
  const gain = (p: Value): Value => sub(exp(mul(p, Math.LN2)), 1);
  const gains = abs(sub(gain(better), gain(worse)));
  if (weights === 'gain') return { weights: gains, ordered };
  const log = logBase === '2' ? Math.log2 : Math.log;
  const discounts = pairsOf(k).flatMap(([i, j]) =>
    Array<number>(batch).fill(Math.abs(1 / log(2 + i) - 1 / log(2 + j))),
  );
  return { weights: mul(gains, constant(discounts, [discounts.length])), ordered };
}

/** Indices, from 0, of every pair of k candidates, the better first. */
const pairsOf = (k: number): [number, number][] =>
  Array.from({ length: k }, (_, i) => i).flatMap((i) =>
    Array.from({ length: k - 1 - i }, (_, d): [number, number] => [i, i + 1 + d]),
  );

/** Of k values (B), the better and the worse of every pair: (P·B) each. */
function bothOf(values: readonly Value[]): [Value, Value] {
  const pairs = pairsOf(values.length);
  return [0, 1].map((side) =>
    concat(
      pairs.map((pair) => values[pair[side] as number] as Value),
      0,
    ),
  ) as [Value, Value];
}

const isTrue = (x: Value): Value => cast(x, 'float32');

const meanError = ({ policy, target }: Denoising): Value => mean(meanSquaredError(policy, target));
