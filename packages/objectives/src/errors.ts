import { add, cast, div, equal, greater, mean, mul, square, stopGradient, sub, sum, type Value } from '@bradley/graph';
import type { Denoising } from './objective.js';

/** The mean over everything but the batch of (prediction − target)²: (B, …) → (B). */
export function meanSquaredError(prediction: Value, target: Value): Value {
  return mean(square(sub(prediction, target)), prediction.shape.map((_, i) => i).slice(1));
}

/** How much worse than the reference the policy denoises this side: (B). The reference is a constant. */
export function errorOverReference({ target, policy, reference }: Denoising): Value {
  if (!reference) throw new RangeError('this objective compares with a reference, but the step has built none');
  const error = 'error' in reference ? reference.error : meanSquaredError(reference.prediction, target);
  return sub(meanSquaredError(policy, target), stopGradient(error));
}

/** The share of positive entries of x (B), ties counting one half: as the diffusers scripts report implicit accuracy. */
export function shareAboveZero(x: Value): Value {
  const count = x.shape[0] ?? 1;
  const wins = sum(cast(greater(x, 0), 'float32'));
  const ties = sum(cast(equal(x, 0), 'float32'));
  return div(add(wins, mul(0.5, ties)), count);
}
