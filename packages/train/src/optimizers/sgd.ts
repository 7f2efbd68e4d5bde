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
        if (momentum === 0) plainPass(parameters, gradients, gradientScale, weightDecay, learningRate);
        else {
          const [ofGradient, ofMomentum] = nesterov ? [learningRate, learningRate * momentum] : [0, learningRate];
          momentumPass(parameters, gradients, b, gradientScale, weightDecay, momentum, share, ofGradient, ofMomentum);
        }
      },
    };
  },
});

function plainPass(parameters: Float32Array, gradients: Float32Array, scale: number, l2: number, rate: number): void {
  for (let i = 0; i < parameters.length; i++) {
    const p = parameters[i] as number;
    parameters[i] = p - rate * ((gradients[i] as number) * scale + l2 * p);
  }
}

function momentumPass(
  parameters: Float32Array,
  gradients: Float32Array,
  b: Float32Array,
  scale: number,
  l2: number,
  momentum: number,
  share: number,
  ofGradient: number,
  ofMomentum: number,
): void {
  for (let i = 0; i < parameters.length; i++) {
    const p = parameters[i] as number;
    const g = (gradients[i] as number) * scale + l2 * p;
    const next = momentum * (b[i] as number) + share * g;
    b[i] = next;
    parameters[i] = p - (ofGradient * g + ofMomentum * next);
  }
}
