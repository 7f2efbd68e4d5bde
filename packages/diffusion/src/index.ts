export { addNoise, predictEpsilon, predictionTarget, predictX0, snr, type Timesteps, velocity } from './add-noise.js';
export { flowNoisy, flowVelocity } from './flow-path.js';
export { classifierFreeGuidance } from './guidance.js';
export { type NoiseSchedule, type NoiseScheduleConfig, noiseSchedule } from './noise-schedule.js';
export type { PredictionType } from './prediction.js';
export { flowTrainingSigmas } from './samplers/flow-match-euler.js';
export {
  type ConfiguredSampler,
  createSampler,
  fromDiffusersConfig,
  requirePrediction,
  type SamplerName,
  samplerNames,
  samplers,
} from './samplers/index.js';
export type { Sampler, SamplerKind } from './samplers/sampler.js';
export { stepLogProb } from './step-log-prob.js';
export { type TimestepRule, timestepRules, trainingSchedule, trainingTimesteps } from './training-timesteps.js';
