import { z } from 'zod';
import { optimizerKind, totalLength } from './optimizer.js';

/**
 * Stochastic gradient descent with momentum and L2 regularisation, as torch.optim.SGD:
 *   g ← g + λθ,  b ← μb + (1−δ)g (b = g at step 1),  θ ← θ − η b, or with nesterov θ − η (g + μb).
 */
export const sgd = optimizerKind({
  name: 'sgd',
  options: z
    .object({
      momentum: z.number().nonnegative().default(0),
      dampening: z.number().default(0),
      weightDecay: z.number().nonnegative().default(0),
      nesterov: z.boolean().default(false),
    })
    .refine(({ nesterov, momentum, dampening }) => !nesterov || (momentum > 0 && dampening === 0), {
      error: 'nesterov needs a momentum above 0 and a dampening of 0',
    }),
  create(segments, { momentum, dampening, weightDecay, nesterov }) {
    const n = totalLength(segments);
    const b = new Float32Array(momentum > 0 ? n : 0);
    return {
      state: momentum > 0 ? { b } : {},
      update(parameters, gradients, { step, learningRate, gradientScale }) {
        const share = step === 1 ? 1 : 1 - dampening;
        for (let i = 0; i < n; i++) {
          const p = parameters[i] as number;
          const g = (gradients[i] as number) * gradientScale + weightDecay * p;
          if (momentum > 0) b[i] = momentum * (b[i] as number) + share * g;
          const direction = momentum > 0 ? (nesterov ? g + momentum * (b[i] as number) : (b[i] as number)) : g;
          parameters[i] = p - learningRate * direction;
        }
      },
    };
  },
});
