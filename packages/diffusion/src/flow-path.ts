import { combine } from './combine.js';

/**
 * The straight path of rectified flow, Liu et al. 2022, arXiv:2209.03003, with σ = 1 the noise: x_σ = (1 − σ) x₀ + σ ε, along
 * which the velocity is ε − x₀. Flat tensors with axis 0 the batch, one σ per sample.
 */
export function flowNoisy(x0: Float32Array, noise: Float32Array, sigmas: ArrayLike<number>): Float32Array {
  const size = x0.length / sigmas.length;
  if (!Number.isInteger(size)) {
    throw new RangeError(
      `${sigmas.length} sigmas do not fit a tensor of ${x0.length} elements: axis 0 must be one row per sigma.`,
    );
  }
  const result = new Float32Array(x0.length);
  for (let row = 0; row < sigmas.length; row++) {
    const sigma = sigmas[row] as number;
    const [start, end] = [row * size, (row + 1) * size];
    result.set(combine(1 - sigma, x0.subarray(start, end), sigma, noise.subarray(start, end)), start);
  }
  return result;
}

/** ε − x₀, the target of a flow model. */
export function flowVelocity(x0: Float32Array, noise: Float32Array): Float32Array {
  return combine(1, noise, -1, x0);
}
