import { objectiveNamed } from '@bradley/objectives';
import type { OptimizerName, PreferenceSettings } from '@bradley/train';
import type { RunConfig } from '../config/run-config.js';
import { deviceOptions } from './device-options.js';

/** Batches in a row of rankings of one size, before those of another: each change loads another step. */
const rowsOfOneSize = 8;

/** What a run's config means to the trainer. */
export function settingsOf(config: RunConfig): PreferenceSettings {
  const { train, adapter } = config;
  const { name: objective, ...objectiveOptions } = config.objective;
  const { name: optimizer, lr, ...optimizerOptions } = config.optimizer;
  return {
    objective: objectiveNamed(objective),
    objectiveOptions,
    adapter,
    optimizer: optimizer as OptimizerName,
    optimizerOptions,
    plan: {
      steps: train.steps,
      accumulate: train.accumulate,
      maxNorm: train.clip,
      learningRate: lr,
      schedule: train.schedule,
      warmup: train.warmup,
      ema: train.ema && {
        decay: train.ema.decay,
        minDecay: train.ema.minDecay,
        ...(train.ema.warmup ? { warmup: train.ema.warmup } : {}),
      },
      checkpointEvery: train.checkpointEvery,
      keep: train.keep,
    },
    batch: train.batch,
    seed: train.seed,
    captionDropout: train.captionDropout,
    timesteps: train.timesteps,
    noiseDraws: train.noiseDraws,
    shareNoise: train.shareNoise,
    batchesInRow: config.data.buckets?.inRow ?? rowsOfOneSize,
    stepsLoaded: config.data.buckets?.loaded ?? 1,
    guards: train.guards,
    recompute: train.recompute,
    ...deviceOptions(train),
  };
}
