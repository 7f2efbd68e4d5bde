import { add, logSigmoid, mul, neg, sub, type Value } from '@bradley/graph';
import { z } from 'zod';
import { type ScoredPair, scoreObjective } from './score-objective.js';
import { meanOfWeighed, meanOver, scoreAccuracy } from './weighted-mean.js';

/**
 * Bradley–Terry with ties, after Rao & Kupper 1967: VideoAlign's BTT (arXiv:2501.13918, eq. 1–2). With Δ = r_A − r_B and θ > 1
 *   P(A ≻ B) = e^{r_A} / (e^{r_A} + θ e^{r_B}) = σ(Δ − ln θ)
 *   P(A = B) = (θ² − 1) · σ(Δ − ln θ) · σ(−Δ − ln θ)
 *   ℒ = −E log P(label)
 * which pulls the scores of what nobody could tell apart together. A soft label is the expectation over those who judged.
 */
export const bradleyTerryTies = scoreObjective({
  name: 'bradley-terry-ties',
  usesTies: true,
  options: z.object({
    theta: z
      .number()
      .gt(1)
      .default(5)
      .describe('how wide a tie is: at equal scores its odds are (θ − 1)/2 to each side'),
    meanOver,
  }),
  readsRatings: () => false,
  loss(pair: ScoredPair, { theta, meanOver: over }) {
    const { a, b, label } = pair;
    const difference = sub(a, b); // (B, N)
    const lossOfA = winLoss(difference, theta);
    const lossOfB = winLoss(neg(difference), theta);
    const lossOfTie = sub(add(lossOfA, lossOfB), Math.log(theta ** 2 - 1));
    const losses = add(add(mul(label.a, lossOfA), mul(label.b, lossOfB)), mul(label.tie, lossOfTie));
    return {
      loss: meanOfWeighed(mul(label.weight, losses), label.weight, over),
      metrics: { accuracy: scoreAccuracy(pair) },
    };
  },
});

/** −log σ(Δ − ln θ) */
function winLoss(difference: Value, theta: number): Value {
  return neg(logSigmoid(sub(difference, Math.log(theta))));
}
