import { z } from 'zod';

/** Keys of scheduler_config.json that several samplers share, with diffusers' defaults. */

export const predictionField = z.enum(['epsilon', 'sample', 'v_prediction']).default('epsilon');

export const clipFields = {
  clip_sample_range: z.number().positive().default(1),
  thresholding: only(false, 'dynamic thresholding is for pixel-space models and is not built'),
};

/** A switch that some published files hold as null, meaning off. */
export const flag = z
  .boolean()
  .nullable()
  .default(false)
  .transform((on) => on ?? false);

/** A key of which one value is built, which is also diffusers' default: any other is refused with the reason. */
export function only<Value extends boolean | string | null>(value: Value, reason: string) {
  return required(value, reason).default(value as never);
}

/** A key of which one value is built, and not the one diffusers takes where the key is absent. */
export function required<Value extends boolean | string | null>(value: Value, reason: string) {
  return z.literal(value, {
    error: ({ input }) => `${JSON.stringify(input) ?? 'leaving it out'} is not supported: ${reason}`,
  });
}

export const finalSigmasField = z.enum(['zero', 'sigma_min']).default('zero');
const noScipy = 'the quantiles of the beta distribution are not built; use use_karras_sigmas or use_exponential_sigmas';

/** How σ is spaced when not by the timesteps. */
export const sigmaSpacingFields = {
  use_karras_sigmas: flag,
  use_exponential_sigmas: flag,
  use_beta_sigmas: only(false, noScipy),
};
