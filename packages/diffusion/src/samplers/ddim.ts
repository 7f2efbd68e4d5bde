import { z } from 'zod';
import { clip, combine } from '../combine.js';
import { alphaCumprodAt, noiseSchedule, noiseScheduleFields } from '../noise-schedule.js';
import { epsilonFromPrediction, x0FromPrediction } from '../prediction.js';
import { integerTimesteps, spacingFields } from '../timesteps.js';
import { clipFields, predictionField } from './fields.js';
import { addStepNoise, samplerKind, unscaled } from './sampler.js';

const round = Math.fround;

/**
 * DDIM. Song et al. 2020, arXiv:2010.02502, eq. 12 and 16: with s = t − T / steps,
 *   x_s = √ᾱ_s x₀ + √(1 − ᾱ_s − σ_t²) ε + σ_t z,   σ_t = η √((1 − ᾱ_s) / (1 − ᾱ_t)) √(1 − ᾱ_t / ᾱ_s).
 * η = 0 is deterministic, η = 1 is DDPM. Below timestep 0, ᾱ_s is 1 or, without set_alpha_to_one, ᾱ₀.
 */
export const ddim = samplerKind({
  className: 'DDIMScheduler',
  config: z.object({
    ...noiseScheduleFields,
    ...spacingFields,
    ...clipFields,
    timestep_spacing: spacingFields.timestep_spacing.default('leading'),
    clip_sample: z.boolean().default(true),
    set_alpha_to_one: z.boolean().default(true),
    prediction_type: predictionField,
    rescale_betas_zero_snr: z.boolean().default(false),
    /** These two are arguments of `step` in diffusers. */
    eta: z.number().min(0).default(0),
    use_clipped_model_output: z.boolean().default(false),
  }),
  create(config, steps) {
    const schedule = noiseSchedule(config);
    const timesteps = integerTimesteps(config, steps);
    const stride = Math.floor(config.num_train_timesteps / steps);
    const finalAlphaCumprod = config.set_alpha_to_one ? 1 : alphaCumprodAt(schedule, 0);

    function at(i: number) {
      const t = timesteps[i] as number;
      const alphaCumprod = alphaCumprodAt(schedule, t);
      const nextAlphaCumprod = t >= stride ? alphaCumprodAt(schedule, t - stride) : finalAlphaCumprod;
      return { alphaCumprod, nextAlphaCumprod, alpha: Math.sqrt(alphaCumprod), sigma: Math.sqrt(1 - alphaCumprod) };
    }

    function predictX0(modelOutput: Float32Array, i: number, x: Float32Array): Float32Array {
      const { alpha, sigma } = at(i);
      const x0 = x0FromPrediction(config.prediction_type, modelOutput, x, alpha, sigma);
      return config.clip_sample ? clip(x0, config.clip_sample_range) : x0;
    }

    function noiseStd(i: number): number {
      if (config.eta === 0) return 0;
      const { alphaCumprod, nextAlphaCumprod } = at(i);
      const ratio = round(round(1 - nextAlphaCumprod) / round(1 - alphaCumprod));
      return config.eta * Math.sqrt(round(ratio * round(1 - round(alphaCumprod / nextAlphaCumprod))));
    }

    return {
      timesteps,
      initNoiseSigma: 1,
      scaleInput: unscaled,
      predictX0,
      noiseStd,
      step(modelOutput, i, x, noise) {
        const { nextAlphaCumprod, alpha, sigma } = at(i);
        const x0 = predictX0(modelOutput, i, x);
        const epsilon = config.use_clipped_model_output
          ? epsilonFromPrediction('sample', x0, x, alpha, sigma)
          : epsilonFromPrediction(config.prediction_type, modelOutput, x, alpha, sigma);
        const std = noiseStd(i);
        const direction = Math.sqrt(Math.max(0, round(1 - nextAlphaCumprod) - round(std * std)));
        return addStepNoise(combine(Math.sqrt(nextAlphaCumprod), x0, direction, epsilon), std, noise, i);
      },
    };
  },
});
