/**
 * ln N(next; mean, std²) averaged over the elements: the log-probability of a stochastic sampling step in the convention of
 * DDPO (Black et al. 2023, arXiv:2305.13301). `mean` is the step taken with zero noise, `std` the sampler's `noiseStd(i)`.
 */
export function stepLogProb(next: Float32Array, mean: Float32Array, std: number): number {
  if (!(std > 0)) throw new RangeError(`A step without noise has no density: its standard deviation is ${std}.`);
  let sum = 0;
  for (let i = 0; i < next.length; i++) sum += (((next[i] as number) - (mean[i] as number)) / std) ** 2;
  return -sum / next.length / 2 - Math.log(std) - Math.log(2 * Math.PI) / 2;
}
