import { combine } from '../combine.js';
import { type NoiseSchedule, type NoiseScheduleConfig, noiseSchedule } from '../noise-schedule.js';
import type { PredictionType } from '../prediction.js';
import {
  exponentialSigmas,
  karrasSigmas,
  sigmaAt,
  timestepOfSigma,
  trainingSigmas,
  withFiniteSigmas,
} from '../sigmas.js';
import { fractionalTimesteps, type SpacingConfig } from '../timesteps.js';

const round = Math.fround;

/** What Euler, Euler ancestral and Heun share: σ at spaced timesteps, and a network that sees x / √(σ² + 1). */

export type SigmaConfig = SpacingConfig &
  NoiseScheduleConfig & {
    readonly use_karras_sigmas: boolean;
    readonly use_exponential_sigmas: boolean;
    readonly sigma_min?: number | null;
    readonly sigma_max?: number | null;
  };

/** Timesteps and σ before the final one, (steps,) each. Respaced σ are mapped back to fractional timesteps. */
export function sigmaSchedule(config: SigmaConfig, steps: number) {
  const schedule: NoiseSchedule = withFiniteSigmas(noiseSchedule(config), config.rescale_betas_zero_snr);
  const table = trainingSigmas(schedule);
  const timesteps = fractionalTimesteps(config, steps);
  const sigmas = timesteps.map((t) => sigmaAt(table, t));
  return { table, ...respaceSigmas(config, table, timesteps, sigmas) };
}

export function respaceSigmas(config: SigmaConfig, table: Float32Array, timesteps: number[], sigmas: number[]) {
  if (config.use_karras_sigmas && config.use_exponential_sigmas) {
    throw new RangeError(
      'Only one of use_karras_sigmas and use_exponential_sigmas can be true: set the other to false.',
    );
  }
  const spacing = (config.use_karras_sigmas && karrasSigmas) || (config.use_exponential_sigmas && exponentialSigmas);
  if (!spacing) return { timesteps, sigmas };
  const max = config.sigma_max ?? (sigmas[0] as number);
  const min = config.sigma_min ?? (sigmas[sigmas.length - 1] as number);
  const respaced = spacing(max, min, timesteps.length);
  return { timesteps: respaced.map((sigma) => Math.fround(timestepOfSigma(table, sigma))), sigmas: respaced };
}

/** The noise to begin with: σ_max, and with leading spacing √(σ_max² + 1), as the pipelines of diffusers expect. */
export function initialSigma(config: SpacingConfig, sigmas: Float32Array): number {
  const max = Math.max(...sigmas);
  return config.timestep_spacing === 'leading' ? Math.sqrt(max * max + 1) : max;
}

/** The network's input: x in σ units brought to unit variance. */
export function scaleToUnitVariance(x: Float32Array, sigma: number): Float32Array {
  const norm = round(Math.sqrt(varianceAt(sigma)));
  return x.map((value) => value / norm);
}

/** x₀ from the output at noise level σ, x being unscaled: the rows of `prediction.ts` with α = 1 / √(σ² + 1). */
export function x0AtSigma(
  type: PredictionType,
  modelOutput: Float32Array,
  x: Float32Array,
  sigma: number,
): Float32Array {
  const variance = varianceAt(sigma);
  const ofOutput = round(-sigma / round(Math.sqrt(variance)));
  const x0: Record<PredictionType, () => Float32Array> = {
    epsilon: () => combine(1, x, -sigma, modelOutput),
    sample: () => modelOutput,
    v_prediction: () => modelOutput.map((v, i) => round(v * ofOutput) + round((x[i] as number) / variance)),
  };
  return x0[type]();
}

/**
 * dx/dσ = (x − x₀) / σ. Operations are rounded one by one to float32 and not simplified, so that a cosine schedule, whose σ
 * reaches 2 · 10⁴, gives the digits of the reference and not merely as many good ones.
 */
export function slopeAt(x: Float32Array, x0: Float32Array, sigma: number): Float32Array {
  return x.map((value, i) => round(value - (x0[i] as number)) / sigma);
}

/** x + (σ′ − σ) dx/dσ */
export function advance(x: Float32Array, slope: Float32Array, sigma: number, nextSigma: number): Float32Array {
  return combine(1, x, nextSigma - sigma, slope);
}

function varianceAt(sigma: number): number {
  return round(round(sigma * sigma) + 1);
}
