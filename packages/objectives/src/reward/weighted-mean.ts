import { add, cast, div, equal, greater, mul, size, sub, sum, type Value } from '@bradley/graph';
import { z } from 'zod';
import type { ScoredPair } from './score-objective.js';

/** What every reward objective says of its mean. */
export const meanOver = z
  .enum(['judged', 'all'])
  .default('judged')
  .describe('divide by the weight of what is learnt from, or, as the code of VideoAlign, by the number of all entries');

/** Σ x / Σ weight, or over the number of entries. `x` is weighed already; where nothing weighs anything it is 0. */
export function meanOfWeighed(x: Value, weight: Value, over: z.infer<typeof meanOver>): Value {
  if (over === 'all') return div(sum(x), size(x.shape));
  const total = sum(weight);
  return div(sum(x), add(total, cast(equal(total, 0), 'float32')));
}

/** The share of preferences whose preferred side scores higher, equal scores counting one half. Scalar. */
export function scoreAccuracy({ a, b, label }: ScoredPair): Value {
  const [ahead, behind] = [cast(greater(a, b), 'float32'), cast(greater(b, a), 'float32')];
  const level = mul(0.5, sub(1, add(ahead, behind)));
  const right = add(mul(label.a, add(ahead, level)), mul(label.b, add(behind, level)));
  return meanOfWeighed(mul(label.weight, right), mul(label.weight, add(label.a, label.b)), 'judged');
}
