import { z } from 'zod';
import { combine } from '../combine.js';
import { alphaCumprodAt, noiseSchedule, noiseScheduleFields } from '../noise-schedule.js';
import { epsilonFromPrediction, x0FromPrediction } from '../prediction.js';
import { integerTimesteps, spacingFields } from '../timesteps.js';
import { required } from './fields.js';
import { noNoise, samplerKind, stepsInOrder, unscaled } from './sampler.js';

/** Adams–Bashforth weights of the newest outputs first. PNDM, eq. 12; the shorter ones start the history. */
const adamsBashforth = [[1], [3 / 2, -1 / 2], [23 / 12, -16 / 12, 5 / 12], [55 / 24, -59 / 24, 37 / 24, -9 / 24]];

/**
 * Pseudo linear multistep (PLMS). Liu et al. 2022, arXiv:2202.09778, eq. 9 and 12, in the form of Stable Diffusion 1.5, which
 * skips the Runge–Kutta start: the second timestep is evaluated twice, first to probe and then, with the mean of both outputs,
 * to redo the first step. So `timesteps` has steps + 1 entries.
 */
export const pndm = samplerKind({
  className: 'PNDMScheduler',
  config: z.object({
    ...noiseScheduleFields,
    ...spacingFields,
    timestep_spacing: spacingFields.timestep_spacing.default('leading'),
    skip_prk_steps: required(
      true,
      'the Runge-Kutta start of PNDM is not built; set it to true, as Stable Diffusion does',
    ),
    set_alpha_to_one: z.boolean().default(false),
    prediction_type: z.enum(['epsilon', 'v_prediction']).default('epsilon'),
  }),
  create(config, steps) {
    const schedule = noiseSchedule(config);
    const grid = integerTimesteps(config, steps);
    const timesteps = [...grid.slice(0, 2), ...grid.slice(1)];
    const stride = Math.floor(config.num_train_timesteps / steps);
    const finalAlphaCumprod = config.set_alpha_to_one ? 1 : alphaCumprodAt(schedule, 0);
    const inOrder = stepsInOrder();
    let outputs: Float32Array[] = []; // newest first, at most four
    let first: Float32Array;

    /** Eq. 9: the DDIM step from t to s written for a blend of outputs. */
    function transfer(x: Float32Array, t: number, s: number, modelOutput: Float32Array): Float32Array {
      const a = alphaCumprodAt(schedule, t);
      const b = s >= 0 ? alphaCumprodAt(schedule, s) : finalAlphaCumprod;
      const epsilon = epsilonFromPrediction(config.prediction_type, modelOutput, x, Math.sqrt(a), Math.sqrt(1 - a));
      const denominator = a * Math.sqrt(1 - b) + Math.sqrt(a * (1 - a) * b);
      return combine(Math.sqrt(b / a), x, -(b - a) / denominator, epsilon);
    }

    return {
      timesteps,
      initNoiseSigma: 1,
      scaleInput: unscaled,
      predictX0(modelOutput, i, x) {
        const a = alphaCumprodAt(schedule, timesteps[i] as number);
        return x0FromPrediction(config.prediction_type, modelOutput, x, Math.sqrt(a), Math.sqrt(1 - a));
      },
      noiseStd: noNoise,
      step(modelOutput, i, x) {
        inOrder(i);
        const t = timesteps[i] as number;
        if (i === 1) return transfer(first, t + stride, t, combine(0.5, modelOutput, 0.5, outputs[0] as Float32Array));
        if (i === 0) [outputs, first] = [[], x];
        outputs = [modelOutput, ...outputs.slice(0, 3)];
        return transfer(x, t, t - stride, blend(adamsBashforth[outputs.length - 1] as number[], outputs));
      },
    };
  },
});

function blend(weights: number[], outputs: Float32Array[]): Float32Array {
  return (outputs[0] as Float32Array).map((_, j) =>
    weights.reduce((sum, weight, k) => sum + weight * ((outputs[k] as Float32Array)[j] as number), 0),
  );
}
