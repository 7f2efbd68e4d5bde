import { add, chunk, div, mean, mul, reshape, sum, type Value } from '@bradley/graph';
import { z } from 'zod';
import { meanSquaredError } from './errors.js';
import { type DenoisingRanking, objective } from './objective.js';

/**
 * Supervised fine-tuning on every candidate of a prompt, each by how likely it is to be preferred: ℒ = Σ φᵢ ‖targetⁱ − predictionⁱ‖² / Σ φ,
 * over all candidates of the batch. The weighted fine-tuning among the ablations of RankDPO (arXiv:2410.18013), which does not
 * print its weights: φ is ours.
 */
export const weightedSft = objective({
  name: 'weighted-sft',
  needs: { prediction: 'denoising', group: 'ranking', reference: false },
  usesTies: false,
  options: z.object({}),
  loss({ sides, phi }: DenoisingRanking) {
    const [batch, k] = phi.shape as [number, number];
    const weights = chunk(phi, k, 1).map((column) => reshape(column, [batch]));
    const weighted = sides.map(({ policy, target }, i) =>
      mean(mul(weights[i] as Value, meanSquaredError(policy, target))),
    );
    return {
      loss: div(
        mul(
          batch,
          weighted.reduce((a, b) => add(a, b)),
        ),
        sum(phi),
      ),
      metrics: {},
    };
  },
});
