import { combine } from './combine.js';
import { alphaCumprodAt, type NoiseSchedule } from './noise-schedule.js';
import { epsilonFromPrediction, type PredictionType, x0FromPrediction } from './prediction.js';

/**
 * The forward process over a batch: tensors are flat with axis 0 the batch, (B, …), and `timesteps` has one integer per
 * sample, (B,).
 */

/** x_t = √ᾱ_t x₀ + √(1 − ᾱ_t) ε */
export function addNoise(
  schedule: NoiseSchedule,
  x0: Float32Array,
  noise: Float32Array,
  timesteps: Timesteps,
): Float32Array {
  return perSample(schedule, timesteps, x0, noise, (x, e, alpha, sigma) => combine(alpha, x, sigma, e));
}

/** v_t = √ᾱ_t ε − √(1 − ᾱ_t) x₀, the target of v-prediction. */
export function velocity(
  schedule: NoiseSchedule,
  x0: Float32Array,
  noise: Float32Array,
  timesteps: Timesteps,
): Float32Array {
  return perSample(schedule, timesteps, x0, noise, (x, e, alpha, sigma) => combine(alpha, e, -sigma, x));
}

/** What a model of this prediction type is trained to output: ε, x₀ or v_t. */
export function predictionTarget(
  schedule: NoiseSchedule,
  type: PredictionType,
  x0: Float32Array,
  noise: Float32Array,
  timesteps: Timesteps,
): Float32Array {
  const targets = {
    epsilon: () => noise,
    sample: () => x0,
    v_prediction: () => velocity(schedule, x0, noise, timesteps),
  };
  return targets[type]();
}

/** x₀ from a prediction at x_t. */
export function predictX0(
  schedule: NoiseSchedule,
  type: PredictionType,
  prediction: Float32Array,
  noisy: Float32Array,
  timesteps: Timesteps,
): Float32Array {
  return perSample(schedule, timesteps, prediction, noisy, (p, x, alpha, sigma) =>
    x0FromPrediction(type, p, x, alpha, sigma),
  );
}

/** ε from a prediction at x_t. */
export function predictEpsilon(
  schedule: NoiseSchedule,
  type: PredictionType,
  prediction: Float32Array,
  noisy: Float32Array,
  timesteps: Timesteps,
): Float32Array {
  return perSample(schedule, timesteps, prediction, noisy, (p, x, alpha, sigma) =>
    epsilonFromPrediction(type, p, x, alpha, sigma),
  );
}

/** The signal-to-noise ratio ᾱ_t / (1 − ᾱ_t), (B,). */
export function snr(schedule: NoiseSchedule, timesteps: Timesteps): Float32Array {
  return Float32Array.from(timesteps, (t) => {
    const alphaCumprod = alphaCumprodAt(schedule, t);
    return alphaCumprod / (1 - alphaCumprod);
  });
}

export type Timesteps = ArrayLike<number> & Iterable<number>;

function perSample(
  schedule: NoiseSchedule,
  timesteps: Timesteps,
  first: Float32Array,
  second: Float32Array,
  apply: (first: Float32Array, second: Float32Array, alpha: number, sigma: number) => Float32Array,
): Float32Array {
  const size = first.length / timesteps.length;
  if (!Number.isInteger(size) || first.length !== second.length) {
    throw new RangeError(
      `${timesteps.length} timesteps do not fit tensors of ${first.length} and ${second.length} elements: ` +
        'both need axis 0 to be one row per timestep.',
    );
  }
  const result = new Float32Array(first.length);
  for (let row = 0; row < timesteps.length; row++) {
    const alphaCumprod = alphaCumprodAt(schedule, timesteps[row] as number);
    const [start, end] = [row * size, (row + 1) * size];
    const [alpha, sigma] = [Math.sqrt(alphaCumprod), Math.sqrt(1 - alphaCumprod)];
    result.set(apply(first.subarray(start, end), second.subarray(start, end), alpha, sigma), start);
  }
  return result;
}
