import { combine } from './combine.js';

/** What the network predicts, in diffusers' words: ε, x₀, or v = α ε − σ x₀ (Salimans & Ho 2022, arXiv:2202.00512). */
export type PredictionType = 'epsilon' | 'sample' | 'v_prediction';

type Coefficients = readonly [ofNoisy: number, ofPrediction: number];

/** x₀ = a · x_t + b · prediction, where x_t = α x₀ + σ ε and α² + σ² = 1. */
const x0Coefficients: Record<PredictionType, (alpha: number, sigma: number) => Coefficients> = {
  epsilon: (alpha, sigma) => [1 / alpha, -sigma / alpha],
  sample: () => [0, 1],
  v_prediction: (alpha, sigma) => [alpha, -sigma],
};

/** ε = a · x_t + b · prediction. */
const epsilonCoefficients: Record<PredictionType, (alpha: number, sigma: number) => Coefficients> = {
  epsilon: () => [0, 1],
  sample: (alpha, sigma) => [1 / sigma, -alpha / sigma],
  v_prediction: (alpha, sigma) => [sigma, alpha],
};

/** x₀ of one noise level: x and prediction are flat tensors of one shape. An ε prediction has none where α = 0. */
export function x0FromPrediction(
  type: PredictionType,
  prediction: Float32Array,
  x: Float32Array,
  alpha: number,
  sigma: number,
): Float32Array {
  if (type === 'epsilon' && alpha === 0) {
    throw new RangeError(
      'At zero terminal SNR the last timestep is pure noise, so x0 cannot be computed from an epsilon prediction. ' +
        'Use a v_prediction or sample model, or a timestep_spacing that leaves the last timestep out.',
    );
  }
  const [ofNoisy, ofPrediction] = x0Coefficients[type](alpha, sigma);
  return combine(ofNoisy, x, ofPrediction, prediction);
}

/** ε of one noise level. */
export function epsilonFromPrediction(
  type: PredictionType,
  prediction: Float32Array,
  x: Float32Array,
  alpha: number,
  sigma: number,
): Float32Array {
  const [ofNoisy, ofPrediction] = epsilonCoefficients[type](alpha, sigma);
  return combine(ofNoisy, x, ofPrediction, prediction);
}
