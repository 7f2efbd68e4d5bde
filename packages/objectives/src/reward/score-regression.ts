import { add, cast, greater, mul, square, sub, type Value } from '@bradley/graph';
import { z } from 'zod';
import { ratingsOf, type ScoredPair, scoreObjective } from './score-objective.js';
import { meanOfWeighed, meanOver, scoreAccuracy } from './weighted-mean.js';

/**
 * VideoAlign's `reg` (its trainer.py): scores are fitted to ratings of 1 to 5, comparisons are not looked at.
 *   ℒ = E (r − (rating − 3))²    over both candidates; a rating of 0 is none
 */
export const scoreRegression = scoreObjective({
  name: 'score-regression',
  usesTies: true,
  options: z.object({ meanOver }),
  readsRatings: () => true,
  loss(pair: ScoredPair, { meanOver: over }) {
    const ratings = ratingsOf(pair);
    const sides = [rated(pair.a, ratings.a, pair.label.weight), rated(pair.b, ratings.b, pair.label.weight)] as const;
    const error = add(sides[0].error, sides[1].error);
    const weight = add(sides[0].weight, sides[1].weight);
    // Both candidates of an entry count in the number of entries.
    const loss = meanOfWeighed(error, weight, over);
    return { loss: over === 'all' ? mul(0.5, loss) : loss, metrics: { accuracy: scoreAccuracy(pair) } };
  },
});

function rated(score: Value, rating: Value, weight: Value): { error: Value; weight: Value } {
  const counted = mul(weight, cast(greater(rating, 0), 'float32'));
  return { error: mul(counted, square(sub(score, sub(rating, 3)))), weight: counted };
}
