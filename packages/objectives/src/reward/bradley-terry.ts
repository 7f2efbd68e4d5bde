import { add, logSigmoid, mul, neg, square, sub, type Value } from '@bradley/graph';
import { z } from 'zod';
import { ratingsOf, type ScoredPair, scoreObjective } from './score-objective.js';
import { meanOfWeighed, meanOver, scoreAccuracy } from './weighted-mean.js';

/**
 * Bradley & Terry 1952, as reward models are trained with it (Ouyang et al. 2022, arXiv:2203.02155, eq. 1):
 *   ℒ = −E log σ( r_chosen − r_rejected − margin )
 * A soft label weighs both orders by the shares of those who had a preference; ties weigh nothing.
 *
 * `margin` is a number, or the difference of the ratings; `scale` weighs each loss by that difference. They are VideoAlign's
 * `margin`, `constant_margin` (0.57) and `scaled` (arXiv:2501.13918 and its trainer.py). TRL's margin of a row is the same where
 * the rejected is rated 0. `centring` is TRL's `center_rewards_coefficient` (Eisenstein et al. 2023, arXiv:2312.09244):
 *   + centring · E (r_chosen + r_rejected)²
 */
export const bradleyTerry = scoreObjective({
  name: 'bradley-terry',
  usesTies: false,
  options: z.object({
    margin: z
      .union([z.number().nonnegative(), z.literal('ratings')])
      .default(0)
      .describe('what the preferred side must be ahead by: a number, or the difference of the ratings'),
    scale: z.boolean().default(false).describe('weigh each comparison by the difference of its ratings'),
    centring: z.number().nonnegative().default(0).describe('weight of the squared sum of both scores; 0.01 is usual'),
    meanOver,
  }),
  readsRatings: ({ margin, scale }) => margin === 'ratings' || scale,
  loss(pair: ScoredPair, { margin, scale, centring, meanOver: over }) {
    const { a, b, label } = pair;
    const rated = (sign: 1 | -1): Value => mul(sign, sub(ratingsOf(pair).a, ratingsOf(pair).b));
    /** As if A were preferred, and, with the other sign, as if B were. */
    const preferred = (sign: 1 | -1): Value => {
      const ahead = mul(sign, sub(a, b)); // (B, N)
      const loss = neg(logSigmoid(sub(ahead, margin === 'ratings' ? rated(sign) : margin)));
      return scale ? mul(rated(sign), loss) : loss;
    };
    const losses = add(mul(label.a, preferred(1)), mul(label.b, preferred(-1)));
    const weight = mul(label.weight, add(label.a, label.b));
    const plain = meanOfWeighed(mul(label.weight, losses), weight, over);
    const centre = meanOfWeighed(mul(weight, square(add(a, b))), weight, over);
    return {
      loss: centring > 0 ? add(plain, mul(centring, centre)) : plain,
      metrics: { accuracy: scoreAccuracy(pair) },
    };
  },
});
