import type { PlantedRecipe } from './run-planted.js';

/** 2,000 comparisons, 300 of them with the wrong label. The tower sees pictures at 16×16, so that it cannot know one by its grain. */
export const recipe: PlantedRecipe = {
  comparisons: 2000,
  flipped: 0.15,
  judged: 1000,
  vision: { width: 32, layers: 2, heads: 2, size: 16, patch: 4 },
  text: { width: 32, layers: 1, heads: 2 },
  projection: 32,
  training: { steps: 600, batch: 64, lr: 2e-3, warmup: 50, weightDecay: 1, ema: 0.99, turns: 'all' },
};
