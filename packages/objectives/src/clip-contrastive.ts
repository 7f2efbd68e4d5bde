import {
  add,
  cast,
  constant,
  dim,
  equal,
  exp,
  log,
  matmul,
  max,
  mean,
  mul,
  stopGradient,
  sub,
  sum,
  swapLast,
  type Value,
} from '@bradley/graph';
import type { ObjectiveOutput } from './objective.js';

/** What CLIP's two towers make of B pictures and of their B prompts, row by row; rows L2-normalised, (B, D). */
export interface ContrastiveBatch {
  readonly imageEmbeds: Value;
  readonly textEmbeds: Value;
  /** Exponential of the trained `logit_scale`: () */
  readonly logitScale: Value;
}

/**
 * CLIP's symmetric InfoNCE. Radford et al. 2021, arXiv:2103.00020, figure 3: with sᵢⱼ = logitScale · ⟨imageᵢ, textⱼ⟩,
 *   ℒ = −½ · mean over i of [ log softmaxⱼ(sᵢⱼ) + log softmaxⱼ(sⱼᵢ) ] at j = i
 * Every other prompt of the batch counts as wrong for a picture: a batch should hold no prompt twice.
 */
export function clipContrastive({ imageEmbeds, textEmbeds, logitScale }: ContrastiveBatch): ObjectiveOutput {
  const scores = mul(logitScale, matmul(imageEmbeds, swapLast(textEmbeds))); // (B, B)
  const batch = dim(scores, 0);
  const diagonal = constant(
    Float32Array.from({ length: batch * batch }, (_, i) => (i % (batch + 1) === 0 ? 1 : 0)),
    [batch, batch],
  );
  const right = sum(mul(scores, diagonal), [1]); // (B)
  const ofPictures = mean(sub(logSumExp(scores), right));
  const ofPrompts = mean(sub(logSumExp(swapLast(scores)), right));
  const accuracy = (rows: Value): Value => mean(cast(equal(max(rows, [1]), right), 'float32'));
  return {
    loss: mul(0.5, add(ofPictures, ofPrompts)),
    metrics: { promptAccuracy: accuracy(scores), pictureAccuracy: accuracy(swapLast(scores)) },
  };
}

/** log Σⱼ exp(xᵢⱼ): (B, B) → (B) */
function logSumExp(x: Value): Value {
  const greatest = stopGradient(max(x, [1], { keepdims: true }));
  return add(log(sum(exp(sub(x, greatest)), [1])), max(stopGradient(x), [1]));
}
