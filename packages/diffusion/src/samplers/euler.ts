import { z } from 'zod';
import { noiseScheduleFields } from '../noise-schedule.js';
import { linspace, spacingFields } from '../timesteps.js';
import { finalSigmasField, predictionField, sigmaSpacingFields } from './fields.js';
import { noNoise, samplerKind } from './sampler.js';
import {
  advance,
  initialSigma,
  respaceSigmas,
  scaleToUnitVariance,
  sigmaSchedule,
  slopeAt,
  x0AtSigma,
} from './sigma-schedule.js';

/**
 * Euler's method on the probability flow in σ. Karras et al. 2022, arXiv:2206.00364, algorithm 2 without churn:
 *   x ← x + (σ′ − σ) (x − x₀) / σ.
 */
export const euler = samplerKind({
  className: 'EulerDiscreteScheduler',
  config: z.object({
    ...noiseScheduleFields,
    ...spacingFields,
    ...sigmaSpacingFields,
    timestep_spacing: spacingFields.timestep_spacing.default('linspace'),
    prediction_type: predictionField,
    /** log_linear spaces σ evenly in ln σ over the whole table, whatever the timesteps. */
    interpolation_type: z.enum(['linear', 'log_linear']).default('linear'),
    sigma_min: z.number().positive().nullable().default(null),
    sigma_max: z.number().positive().nullable().default(null),
    /** continuous: a v_prediction network is told ¼ ln σ in place of t. */
    timestep_type: z.enum(['discrete', 'continuous']).default('discrete'),
    rescale_betas_zero_snr: z.boolean().default(false),
    final_sigmas_type: finalSigmasField,
  }),
  create(config, steps) {
    const spaced = sigmaSchedule(config, steps);
    const logLinear = () => {
      const [min, max] = [spaced.table[0] as number, spaced.table[spaced.table.length - 1] as number];
      const sigmas = linspace(Math.log(max), Math.log(min), steps + 1).map(Math.exp);
      return respaceSigmas(config, spaced.table, spaced.timesteps, sigmas);
    };
    const { timesteps: discrete, sigmas: before } = config.interpolation_type === 'linear' ? spaced : logLinear();
    const sigmas = Float32Array.from([
      ...before,
      config.final_sigmas_type === 'zero' ? 0 : (spaced.table[0] as number),
    ]);
    const continuous = config.timestep_type === 'continuous' && config.prediction_type === 'v_prediction';
    const timesteps = continuous
      ? Array.from(sigmas.slice(0, -1), (sigma) => Math.fround(Math.log(sigma) / 4))
      : discrete;
    const sigmaOf = (i: number) => sigmas[i] as number;
    const predictX0 = (modelOutput: Float32Array, i: number, x: Float32Array) =>
      x0AtSigma(config.prediction_type, modelOutput, x, sigmaOf(i));

    return {
      timesteps,
      sigmas,
      initNoiseSigma: initialSigma(config, sigmas),
      scaleInput: (x, i) => scaleToUnitVariance(x, sigmaOf(i)),
      predictX0,
      noiseStd: noNoise,
      step(modelOutput, i, x) {
        const slope = slopeAt(x, predictX0(modelOutput, i, x), sigmaOf(i));
        return advance(x, slope, sigmaOf(i), sigmaOf(i + 1));
      },
    };
  },
});
