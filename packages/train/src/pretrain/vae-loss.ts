import { abs, add, dim, exp, input, mean, mul, neg, slice, square, sub, type Value } from '@bradley/graph';
import { decodeLatents, encodeMoments, paramsOf, posterior, trainableStore, type VaeConfig } from '@bradley/models';
import type { LossGraph } from '../step/compiled-step.js';

export interface VaeLossWeights {
  /** Of the absolute error of the image's horizontal and vertical differences. */
  readonly gradient: number;
  /** Of the mean KL divergence of the posterior from N(0, 1). */
  readonly kl: number;
}

/**
 * The loss of an AutoencoderKL trained without a discriminator: ℒ = |x̂ − x| + gradient · |∇x̂ − ∇x| + kl · KL, all means.
 * Feeds: `images` (B, 3, H, W) in [−1, 1] and `noise` (B, latent channels, h, w) for the draw from the posterior.
 */
export function vaeLoss(config: VaeConfig, batch: number, size: number, weights: VaeLossWeights): LossGraph {
  const store = trainableStore();
  const p = paramsOf(store);
  const images = input('images', [batch, config.in_channels, size, size]);
  const { mean: mu, logvar, std } = posterior(encodeMoments(p, config, images));
  const latents = add(mu, mul(std, input('noise', mu.shape)));
  const decoded = decodeLatents(p, config, latents);
  const error = sub(decoded, images);
  const absolute = mean(abs(error));
  const edges = add(mean(abs(difference(error, 2))), mean(abs(difference(error, 3))));
  const kl = mul(0.5, mean(sub(add(square(mu), exp(logvar)), add(logvar, 1))));
  return {
    loss: add(absolute, add(mul(weights.gradient, edges), mul(weights.kl, kl))),
    metrics: { absoluteError: absolute, edgeError: edges, kl },
    trainables: store.trainables,
  };
}

/** x[1:] − x[:−1] along one axis. */
function difference(x: Value, axis: number): Value {
  const n = dim(x, axis);
  return add(slice(x, [axis], [1], [n]), neg(slice(x, [axis], [0], [n - 1])));
}
