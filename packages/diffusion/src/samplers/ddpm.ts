import { z } from 'zod';
import { clip, combine } from '../combine.js';
import { alphaCumprodAt, noiseSchedule, noiseScheduleFields } from '../noise-schedule.js';
import { x0FromPrediction } from '../prediction.js';
import { integerTimesteps, spacingFields } from '../timesteps.js';
import { clipFields, predictionField } from './fields.js';
import { addStepNoise, samplerKind, unscaled } from './sampler.js';

const round = Math.fround;

/**
 * Ancestral sampling. Ho et al. 2020, arXiv:2006.11239, eq. 6 and 7, over a subset of the timesteps: with α_t = ᾱ_t / ᾱ_s and
 * β_t = 1 − α_t for s the next timestep,
 *   x_s = √ᾱ_s β_t / (1 − ᾱ_t) · x₀ + √α_t (1 − ᾱ_s) / (1 − ᾱ_t) · x_t + σ_t z,
 * σ_t² = (1 − ᾱ_s) / (1 − ᾱ_t) · β_t (fixed_small) or β_t (fixed_large). Differences of ᾱ are float32, as in diffusers.
 */
export const ddpm = samplerKind({
  className: 'DDPMScheduler',
  config: z.object({
    ...noiseScheduleFields,
    ...spacingFields,
    ...clipFields,
    timestep_spacing: spacingFields.timestep_spacing.default('leading'),
    clip_sample: z.boolean().default(true),
    prediction_type: predictionField,
    /** fixed_small_log is fixed_small computed through a logarithm. */
    variance_type: z.enum(['fixed_small', 'fixed_small_log', 'fixed_large']).default('fixed_small'),
    rescale_betas_zero_snr: z.boolean().default(false),
  }),
  create(config, steps) {
    const schedule = noiseSchedule(config);
    const timesteps = integerTimesteps(config, steps);

    function at(i: number) {
      const alphaCumprod = alphaCumprodAt(schedule, timesteps[i] as number);
      const next = timesteps[i + 1];
      const nextAlphaCumprod = next === undefined ? 1 : alphaCumprodAt(schedule, next);
      const alpha = round(alphaCumprod / nextAlphaCumprod);
      return { alphaCumprod, nextAlphaCumprod, alpha, beta: round(1 - alpha) };
    }

    function predictX0(modelOutput: Float32Array, i: number, x: Float32Array): Float32Array {
      const { alphaCumprod } = at(i);
      const [alpha, sigma] = [Math.sqrt(alphaCumprod), Math.sqrt(1 - alphaCumprod)];
      const x0 = x0FromPrediction(config.prediction_type, modelOutput, x, alpha, sigma);
      return config.clip_sample ? clip(x0, config.clip_sample_range) : x0;
    }

    function noiseStd(i: number): number {
      if (timesteps[i] === 0) return 0;
      const { alphaCumprod, nextAlphaCumprod, beta } = at(i);
      const small = round(round(round(1 - nextAlphaCumprod) / round(1 - alphaCumprod)) * beta);
      return Math.sqrt(config.variance_type === 'fixed_large' ? beta : Math.max(small, 1e-20));
    }

    return {
      timesteps,
      initNoiseSigma: 1,
      scaleInput: unscaled,
      predictX0,
      noiseStd,
      step(modelOutput, i, x, noise) {
        const { alphaCumprod, nextAlphaCumprod, alpha, beta } = at(i);
        const ofX0 = (Math.sqrt(nextAlphaCumprod) * beta) / (1 - alphaCumprod);
        const ofX = (Math.sqrt(alpha) * (1 - nextAlphaCumprod)) / (1 - alphaCumprod);
        const mean = combine(ofX0, predictX0(modelOutput, i, x), ofX, x);
        return addStepNoise(mean, noiseStd(i), noise, i);
      },
    };
  },
});
