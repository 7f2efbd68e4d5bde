import { exp, log, max, mean, mul, neg, stopGradient, sub, sum, type Value } from '@bradley/graph';

/** Cross-entropy of the kinds of names, the mean over them. logits and one-hot labels (B, kinds) → scalar */
export function categoryLoss(logits: Value, labels: Value): Value {
  const shifted = sub(logits, stopGradient(max(logits, [1], { keepdims: true })));
  const logProbabilities = sub(shifted, log(sum(exp(shifted), [1], { keepdims: true })));
  return neg(mean(sum(mul(labels, logProbabilities), [1])));
}
