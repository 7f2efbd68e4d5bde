import { clipTextConfigSchema, unetConfigSchema, vaeConfigSchema } from '@bradley/models';
import { z } from 'zod';
import { scheduleNames } from '../learning-rate.js';

/** How one network of the model is trained. */
const training = z.strictObject({
  steps: z.number().int().positive(),
  batch: z.number().int().positive(),
  learningRate: z.number().positive(),
  schedule: z.enum(scheduleNames).default('cosine'),
  warmup: z.number().int().nonnegative().default(100),
  betas: z.tuple([z.number(), z.number()]).default([0.9, 0.99]),
  weightDecay: z.number().nonnegative().default(0.01),
  emaDecay: z
    .number()
    .min(0)
    .lt(1)
    .default(0.999)
    .describe('decay of the average of the weights that is kept as the result'),
  maxNorm: z.number().positive().default(1),
  checkpointEvery: z.number().int().positive().default(250),
  seed: z.number().int().nonnegative().default(0),
});

/**
 * A text-to-image model from scratch: an AutoencoderKL, then a UNet2DConditionModel and a CLIPTextModel together in its
 * latents. The `config` objects are those of diffusers and transformers.
 */
export const recipeSchema = z.strictObject({
  /** Pixels of the square pictures. */
  imageSize: z.number().int().positive(),
  /** A tokenizer folder, relative to the recipe. */
  tokenizer: z.string(),
  vae: z.strictObject({
    config: vaeConfigSchema,
    train: training,
    gradientWeight: z.number().nonnegative().default(1).describe('weight of the error of image differences'),
    klWeight: z.number().nonnegative().default(1e-4).describe('weight of the KL divergence from N(0, 1)'),
  }),
  textEncoder: z.strictObject({ config: clipTextConfigSchema }),
  unet: z.strictObject({ config: unetConfigSchema }),
  /** scheduler_config.json of the model, with its _class_name. */
  scheduler: z.looseObject({ _class_name: z.string(), prediction_type: z.enum(['epsilon', 'v_prediction']) }),
  train: training.extend({
    captionDropout: z
      .number()
      .min(0)
      .max(1)
      .default(0.1)
      .describe('share of prompts replaced by the empty one, for guidance'),
  }),
});

export type Recipe = z.infer<typeof recipeSchema>;
export type TrainingRecipe = z.infer<typeof training>;
