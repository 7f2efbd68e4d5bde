/** The L2 norm over all gradients, times `scale`: torch.nn.utils.clip_grad_norm_ before it clips. */
export function globalNorm(gradients: Float32Array, scale = 1): number {
  let sum = 0;
  for (let i = 0; i < gradients.length; i++) {
    const g = gradients[i] as number;
    sum += g * g;
  }
  return Math.sqrt(sum) * scale;
}

/** The factor that clips gradients of this norm to `maxNorm`, as torch: maxNorm / (norm + 1e−6), at most 1. */
export function clipFactor(norm: number, maxNorm: number): number {
  return Math.min(1, maxNorm / (norm + 1e-6));
}
