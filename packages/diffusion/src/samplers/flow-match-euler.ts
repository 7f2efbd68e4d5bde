import { z } from 'zod';
import { combine } from '../combine.js';
import { exponentialSigmas, karrasSigmas } from '../sigmas.js';
import { linspace, requireSteps } from '../timesteps.js';
import { only, sigmaSpacingFields } from './fields.js';
import { noNoise, samplerKind, unscaled } from './sampler.js';

const config = z.object({
  ...sigmaSpacingFields,
  num_train_timesteps: z.int().min(2).default(1000),
  shift: z.number().positive().default(1),
  use_dynamic_shifting: z.boolean().default(false),
  /** From base_shift at base_image_seq_len to max_shift at max_image_seq_len; the caller computes `mu` from them. */
  base_shift: z.number().nullable().default(0.5),
  max_shift: z.number().nullable().default(1.15),
  base_image_seq_len: z.int().default(256),
  max_image_seq_len: z.int().default(4096),
  time_shift_type: z.enum(['exponential', 'linear']).default('exponential'),
  shift_terminal: z.number().min(0).lt(1).nullable().default(null),
  invert_sigmas: only(false, 'sigma counted from the image is not built'),
  stochastic_sampling: only(false, 'fresh noise in flow sampling is not built'),
  /** An argument of set_timesteps in diffusers, needed with use_dynamic_shifting. */
  mu: z.number().optional(),
});
type FlowConfig = z.output<typeof config>;

/**
 * Euler's method along a rectified flow. Esser et al. 2024, arXiv:2403.03206, §5.3.2 for the shift σ ← s σ / (1 + (s − 1) σ):
 *   x ← x + (σ′ − σ) v, the network's time being T · σ.
 */
export const flowMatchEuler = samplerKind({
  className: 'FlowMatchEulerDiscreteScheduler',
  config,
  create(config, steps) {
    const sigmas = Float32Array.from([...flowSigmas(config, steps), 0]);
    const sigmaOf = (i: number) => sigmas[i] as number;
    return {
      timesteps: Array.from(sigmas.slice(0, -1), (sigma) => Math.fround(sigma * config.num_train_timesteps)),
      sigmas,
      initNoiseSigma: 1,
      scaleInput: unscaled,
      predictX0: (modelOutput, i, x) => combine(1, x, -sigmaOf(i), modelOutput),
      noiseStd: noNoise,
      step: (modelOutput, i, x) => combine(1, x, sigmaOf(i + 1) - sigmaOf(i), modelOutput),
    };
  },
});

/** σ of every training timestep from noise to image, (T,), after the fixed shift: what a flow model is trained at. */
export function flowTrainingSigmas({ num_train_timesteps: T, shift, use_dynamic_shifting }: FlowConfig): Float32Array {
  return Float32Array.from({ length: T }, (_, i) => {
    const sigma = Math.fround((T - i) / T);
    return use_dynamic_shifting ? sigma : shifted(sigma, shift);
  });
}

/** The ends of the range are already shifted and the whole is shifted again: so diffusers, and so the published models. */
function flowSigmas(config: FlowConfig, steps: number): number[] {
  const { num_train_timesteps: T, shift_terminal: terminal, mu } = config;
  requireSteps(steps, T);
  const training = flowTrainingSigmas(config);
  let sigmas = linspace((training[0] as number) * T, (training[T - 1] as number) * T, steps).map((t) => t / T);
  if (!config.use_dynamic_shifting) sigmas = sigmas.map((sigma) => shifted(sigma, config.shift));
  else if (mu === undefined) throw new RangeError('use_dynamic_shifting needs `mu`, the shift for this image size.');
  else {
    const scale = config.time_shift_type === 'exponential' ? Math.exp(mu) : mu;
    sigmas = sigmas.map((sigma) => scale / (scale + (1 / sigma - 1)));
  }
  if (terminal) {
    const scale = (1 - (sigmas[steps - 1] as number)) / (1 - terminal);
    sigmas = sigmas.map((sigma) => 1 - (1 - sigma) / scale);
  }
  const [max, min] = [sigmas[0] as number, sigmas[steps - 1] as number];
  if (config.use_karras_sigmas) return karrasSigmas(max, min, steps);
  return config.use_exponential_sigmas ? exponentialSigmas(max, min, steps) : sigmas;
}

function shifted(sigma: number, shift: number): number {
  return (shift * sigma) / (1 + (shift - 1) * sigma);
}
