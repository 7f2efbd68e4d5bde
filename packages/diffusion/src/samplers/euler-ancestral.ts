import { z } from 'zod';
import { noiseScheduleFields } from '../noise-schedule.js';
import { spacingFields } from '../timesteps.js';
import { addStepNoise, samplerKind } from './sampler.js';
import { advance, initialSigma, scaleToUnitVariance, sigmaSchedule, slopeAt, x0AtSigma } from './sigma-schedule.js';

const round = Math.fround;

/**
 * Euler's method down to σ_down, then fresh noise of σ_up (k-diffusion's sample_euler_ancestral with η = 1):
 *   σ_up² = σ′² (σ² − σ′²) / σ²,   σ_down² = σ′² − σ_up².
 */
export const eulerAncestral = samplerKind({
  className: 'EulerAncestralDiscreteScheduler',
  config: z.object({
    ...noiseScheduleFields,
    ...spacingFields,
    timestep_spacing: spacingFields.timestep_spacing.default('linspace'),
    prediction_type: z.enum(['epsilon', 'v_prediction']).default('epsilon'),
    rescale_betas_zero_snr: z.boolean().default(false),
  }),
  create(config, steps) {
    const respacing = { use_karras_sigmas: false, use_exponential_sigmas: false };
    const { timesteps, sigmas: before } = sigmaSchedule({ ...config, ...respacing }, steps);
    const sigmas = Float32Array.from([...before, 0]);
    const sigmaOf = (i: number) => sigmas[i] as number;
    const sigmaUp = (i: number) => {
      const [from, to] = [sigmaOf(i), sigmaOf(i + 1)];
      const [from2, to2] = [round(from * from), round(to * to)];
      return round(Math.sqrt(round(round(to2 * round(from2 - to2)) / from2)));
    };
    const predictX0 = (modelOutput: Float32Array, i: number, x: Float32Array) =>
      x0AtSigma(config.prediction_type, modelOutput, x, sigmaOf(i));

    return {
      timesteps,
      sigmas,
      initNoiseSigma: initialSigma(config, sigmas),
      scaleInput: (x, i) => scaleToUnitVariance(x, sigmaOf(i)),
      predictX0,
      noiseStd: sigmaUp,
      step(modelOutput, i, x, noise) {
        const up = sigmaUp(i);
        const down = round(Math.sqrt(Math.max(0, round(sigmaOf(i + 1) ** 2) - round(up * up))));
        const slope = slopeAt(x, predictX0(modelOutput, i, x), sigmaOf(i));
        return addStepNoise(advance(x, slope, sigmaOf(i), down), up, noise, i);
      },
    };
  },
});
