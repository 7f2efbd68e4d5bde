import { z } from 'zod';
import { optimizerKind, totalLength } from './optimizer.js';

/**
 * AdamW (Loshchilov & Hutter, arXiv:1711.05101), as torch.optim.AdamW:
 *   θ ← (1 − ηλ) θ,  m ← β₁m + (1−β₁)g,  v ← β₂v + (1−β₂)g²,  θ ← θ − η/(1−β₁ᵗ) · m / (√v/√(1−β₂ᵗ) + ε)
 */
export const adamw = optimizerKind({
  name: 'adamw',
  options: z.object({
    betas: z.tuple([z.number().min(0).lt(1), z.number().min(0).lt(1)]).default([0.9, 0.999]),
    eps: z.number().nonnegative().default(1e-8),
    weightDecay: z.number().nonnegative().default(1e-2),
  }),
  create(segments, { betas: [beta1, beta2], eps, weightDecay }) {
    const n = totalLength(segments);
    const [m, v] = [new Float32Array(n), new Float32Array(n)];
    return {
      state: { m, v },
      update(parameters, gradients, { step, learningRate, gradientScale }) {
        const keep = 1 - learningRate * weightDecay;
        const rate = learningRate / (1 - beta1 ** step);
        const unbias = 1 / Math.sqrt(1 - beta2 ** step);
        for (let i = 0; i < n; i++) {
          const g = (gradients[i] as number) * gradientScale;
          const mean = beta1 * (m[i] as number) + (1 - beta1) * g;
          const square = beta2 * (v[i] as number) + (1 - beta2) * g * g;
          m[i] = mean;
          v[i] = square;
          parameters[i] = (parameters[i] as number) * keep - (rate * mean) / (Math.sqrt(square) * unbias + eps);
        }
      },
    };
  },
});
