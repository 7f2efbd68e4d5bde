import { z } from 'zod';
import { clip, combine } from '../combine.js';
import { noiseScheduleFields } from '../noise-schedule.js';
import { spacingFields } from '../timesteps.js';
import { predictionField, sigmaSpacingFields } from './fields.js';
import { noNoise, samplerKind, stepsInOrder } from './sampler.js';
import { advance, initialSigma, scaleToUnitVariance, sigmaSchedule, slopeAt, x0AtSigma } from './sigma-schedule.js';

/**
 * Heun's second-order method on the probability flow in σ. Karras et al. 2022, arXiv:2206.00364, algorithm 1. Every step to
 * σ′ > 0 takes two evaluations: an Euler step, then the mean of both slopes from the same start; the last, to σ = 0, takes one.
 * So `timesteps` has 2 · steps − 1 entries, and sigmas[i] is the level at which evaluation i is made.
 */
export const heun = samplerKind({
  className: 'HeunDiscreteScheduler',
  config: z.object({
    ...noiseScheduleFields,
    ...spacingFields,
    ...sigmaSpacingFields,
    beta_start: noiseScheduleFields.beta_start.default(0.00085),
    beta_end: noiseScheduleFields.beta_end.default(0.012),
    timestep_spacing: spacingFields.timestep_spacing.default('linspace'),
    prediction_type: predictionField,
    clip_sample: z.boolean().default(false),
    clip_sample_range: z.number().positive().default(1),
  }),
  create(config, steps) {
    const once = sigmaSchedule({ ...config, rescale_betas_zero_snr: false }, steps);
    const twice = (values: number[]) => values.flatMap((value, i) => (i === 0 ? [value] : [value, value]));
    const timesteps = twice(once.timesteps);
    const sigmas = Float32Array.from([...twice(once.sigmas), 0]);
    const sigmaOf = (i: number) => sigmas[i] as number;
    const inOrder = stepsInOrder();
    let start: { x: Float32Array; slope: Float32Array } | undefined;

    function predictX0(modelOutput: Float32Array, i: number, x: Float32Array): Float32Array {
      const x0 = x0AtSigma(config.prediction_type, modelOutput, x, sigmaOf(i));
      return config.clip_sample ? clip(x0, config.clip_sample_range) : x0;
    }

    return {
      timesteps,
      sigmas,
      initNoiseSigma: initialSigma(config, sigmas),
      scaleInput: (x, i) => scaleToUnitVariance(x, sigmaOf(i)),
      predictX0,
      noiseStd: noNoise,
      step(modelOutput, i, x) {
        inOrder(i);
        if (i === 0) start = undefined;
        const slope = slopeAt(x, predictX0(modelOutput, i, x), sigmaOf(i));
        if (!start) {
          start = { x, slope };
          if (i === timesteps.length - 1) start = undefined;
          return advance(x, slope, sigmaOf(i), sigmaOf(i + 1));
        }
        const meanSlope = combine(0.5, start.slope, 0.5, slope);
        const next = advance(start.x, meanSlope, sigmaOf(i - 1), sigmaOf(i));
        start = undefined;
        return next;
      },
    };
  },
});
