import type { PlantedRecipe } from './run-planted.js';

/** 2,000 comparisons, 300 of them with the wrong label. */
export const recipe: PlantedRecipe = {
  teaching: {
    vision: { width: 64, layers: 2, heads: 4, size: 16, patch: 4 },
    text: { width: 64, layers: 1, heads: 4 },
    projection: 48,
    pictures: 16_384,
    train: {
      steps: 1500,
      batch: 128,
      learningRate: 2e-3,
      schedule: 'cosine',
      warmup: 100,
      betas: [0.9, 0.98],
      weightDecay: 0.05,
      emaDecay: 0.995,
      maxNorm: 1,
      checkpointEvery: 1000,
      seed: 0,
    },
    logitScale: 5,
  },
  comparisons: 2000,
  flipped: 0.15,
  judged: 1000,
  otherHues: true,
  training: {
    head: 'relation',
    trains: 'none',
    layers: 0,
    steps: 1000,
    batch: 128,
    lr: 2e-3,
    warmup: 30,
    weightDecay: 1,
    ema: 0.99,
    turns: 'all',
  },
};
