import { add, cast, equal, log, logSigmoid, mul, neg, sub, type Value } from '@bradley/graph';
import { z } from 'zod';
import { type ScoredPair, scoreObjective } from './score-objective.js';
import { meanOfWeighed, meanOver, scoreAccuracy } from './weighted-mean.js';

/**
 * PickScore. Kirstain et al. 2023, arXiv:2305.01569, eq. 2, and the authors' clip_criterion.py: the cross-entropy between the
 * softmax of both scores, s = exp(logit_scale) · cos(text, image), and the label (p_A, p_B), less the label's entropy:
 *   ℒ = Σ_k p_k (log p_k − log softmax(s)_k),    a tie is (½, ½)
 * so that a tie that the scores see as one costs nothing. Entries are weighed as given: the authors' weights are one over the
 * number of examples of the prompt, and sum to 1 in a batch.
 */
export const pickscore = scoreObjective({
  name: 'pickscore',
  usesTies: true,
  options: z.object({ meanOver }),
  readsRatings: () => false,
  loss(pair: ScoredPair, { meanOver: over }) {
    const { a, b, label } = pair;
    const difference = sub(a, b); // (B, N)
    const sides = [
      { p: add(label.a, mul(0.5, label.tie)), logit: difference },
      { p: add(label.b, mul(0.5, label.tie)), logit: neg(difference) },
    ];
    const losses = sides
      .map(({ p, logit }) => mul(p, sub(logOrZero(p), logSigmoid(logit)))) // of two, log softmax is log σ of the difference
      .reduce((sum, loss) => add(sum, loss));
    return {
      loss: meanOfWeighed(mul(label.weight, losses), label.weight, over),
      metrics: { accuracy: scoreAccuracy(pair) },
    };
  },
});

/** log p, and 0 for p = 0, where p log p is 0 too. */
function logOrZero(p: Value): Value {
  return log(add(p, cast(equal(p, 0), 'float32')));
}
