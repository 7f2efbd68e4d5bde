import { z } from 'zod';
import { combine } from '../combine.js';
import { noiseSchedule, noiseScheduleFields } from '../noise-schedule.js';
import { x0FromPrediction } from '../prediction.js';
import { trainingSigmas, withFiniteSigmas } from '../sigmas.js';
import { spacingFields } from '../timesteps.js';
import { dpmSchedule } from './dpm-schedule.js';
import { finalSigmasField, flag, only, predictionField, sigmaSpacingFields } from './fields.js';
import { noNoise, samplerKind, stepsInOrder, unscaled } from './sampler.js';

const round = Math.fround;
const onlyPlusPlus = 'only dpmsolver++ is built, which solves for x0 and takes no fresh noise';
const noLearnedVariance = 'models that predict their variance are not built';

/**
 * DPM-Solver++(1), (2M) and (3M). Lu et al. 2022, arXiv:2211.01095, algorithm 2, and arXiv:2206.00927 for the third order. With
 * λ = ln(α/σ), h the step of λ ahead, and D₀, D₁, D₂ the value, slope and curvature of x₀ in units of h from earlier outputs:
 *   x′ = σ′/σ x − α′ (e^{−h} − 1) D₀ + c₁ D₁ + c₂ D₂,
 * c₁ = −½ α′ (e^{−h} − 1) for midpoint, α′ ((e^{−h} − 1)/h + 1) for heun; c₂ = −α′ ((e^{−h} − 1 + h)/h² − ½).
 * The exponents are differences of float32 logarithms, as in diffusers.
 */
export const dpmSolverMultistep = samplerKind({
  className: 'DPMSolverMultistepScheduler',
  config: z.object({
    ...noiseScheduleFields,
    ...spacingFields,
    ...sigmaSpacingFields,
    timestep_spacing: spacingFields.timestep_spacing.default('linspace'),
    prediction_type: z.enum([...predictionField.unwrap().options, 'flow_prediction']).default('epsilon'),
    solver_order: z.int().min(1).max(3).default(2),
    algorithm_type: only('dpmsolver++', onlyPlusPlus),
    solver_type: z.enum(['midpoint', 'heun']).default('midpoint'),
    lower_order_final: z.boolean().default(true),
    euler_at_final: z.boolean().default(false),
    use_lu_lambdas: flag,
    use_flow_sigmas: flag,
    flow_shift: z.number().positive().default(1),
    use_dynamic_shifting: only(false, 'give the shift as flow_shift'),
    final_sigmas_type: finalSigmasField,
    /** −∞ is not JSON: published files leave it out or hold the string "-Infinity". */
    lambda_min_clipped: z.union([z.number(), z.literal('-Infinity').transform(() => -Infinity)]).default(-Infinity),
    variance_type: only(null, noLearnedVariance),
    thresholding: only(false, 'dynamic thresholding is for pixel-space models and is not built'),
    rescale_betas_zero_snr: z.boolean().default(false),
  }),
  create(config, steps) {
    const schedule = withFiniteSigmas(noiseSchedule(config), config.rescale_betas_zero_snr);
    const { timesteps, sigmas } = dpmSchedule(config, trainingSigmas(schedule), steps);
    const last = timesteps.length - 1;
    const lowerOrderFinal = config.lower_order_final && timesteps.length < 15;
    const inOrder = stepsInOrder();
    let x0s: Float32Array[] = []; // newest first, at most solver_order

    function level(i: number) {
      const level = sigmas[i] as number;
      if (config.use_flow_sigmas) return { alpha: round(1 - level), sigma: level };
      const alpha = round(1 / round(Math.sqrt(round(round(level * level) + 1))));
      return { alpha, sigma: round(level * alpha) };
    }

    function lambda(i: number): number {
      const { alpha, sigma } = level(i);
      return round(round(Math.log(alpha)) - round(Math.log(sigma)));
    }

    function predictX0(modelOutput: Float32Array, i: number, x: Float32Array): Float32Array {
      if (config.prediction_type === 'flow_prediction') return combine(1, x, -(sigmas[i] as number), modelOutput);
      const { alpha, sigma } = level(i);
      return x0FromPrediction(config.prediction_type, modelOutput, x, alpha, sigma);
    }

    function orderOf(i: number): number {
      if (i === last && (config.euler_at_final || lowerOrderFinal || config.final_sigmas_type === 'zero')) return 1;
      const order = Math.min(config.solver_order, i + 1);
      return i === last - 1 && lowerOrderFinal ? Math.min(order, 2) : order;
    }

    return {
      timesteps,
      sigmas,
      initNoiseSigma: 1,
      scaleInput: unscaled,
      predictX0,
      noiseStd: noNoise,
      step(modelOutput, i, x) {
        inOrder(i);
        if (i === 0) x0s = [];
        x0s = [predictX0(modelOutput, i, x), ...x0s.slice(0, config.solver_order - 1)];
        const order = orderOf(i);
        const { alpha, sigma: nextSigma } = level(i + 1);
        const h = lambda(i + 1) - lambda(i);
        const decay = Math.exp(-h) - 1;
        const ofSlope =
          order === 2 && config.solver_type === 'midpoint' ? -0.5 * alpha * decay : alpha * (decay / h + 1);
        const ofCurvature = -alpha * ((decay + h) / h ** 2 - 0.5);

        const [d0, ...earlier] = x0s.slice(0, order) as [Float32Array, ...Float32Array[]];
        let next = combine(nextSigma / level(i).sigma, x, -alpha * decay, d0);
        const ratio = (k: number) => (lambda(i - k) - lambda(i - k - 1)) / h; // earlier steps of λ in units of h
        if (earlier[0]) {
          let slope = combine(1 / ratio(0), d0, -1 / ratio(0), earlier[0]);
          if (earlier[1]) {
            const earlierSlope = combine(1 / ratio(1), earlier[0], -1 / ratio(1), earlier[1]);
            const change = combine(1, slope, -1, earlierSlope);
            const span = ratio(0) + ratio(1);
            slope = combine(1, slope, ratio(0) / span, change);
            next = combine(1, next, ofCurvature / span, change);
          }
          next = combine(1, next, ofSlope, slope);
        }
        return next;
      },
    };
  },
});
