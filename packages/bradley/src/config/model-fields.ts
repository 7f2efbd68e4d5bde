import { z } from 'zod';

/** How a model is named, in a run's file and on the command line. */
export const modelField = z
  .string()
  .min(1)
  .describe('a folder in the layout of diffusers, a single .safetensors file, or owner/name of the Hugging Face hub');

/** Which of its weights. */
export const variantField = z
  .string()
  .regex(/^\w+$/, 'expected a word such as fp16')
  .nullable()
  .default(null)
  .describe("which of the model's weights: fp16 for those called ….fp16.safetensors");

/** What a single file does not hold. */
export const singleFileFields = {
  tokenizer: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe("of a single file: folder with CLIP's tokenizer; none fetches it from the hub"),
  predictionType: z
    .enum(['epsilon', 'v_prediction'])
    .nullable()
    .default(null)
    .describe('of a single file: what the UNet predicts; SD 2 needs it'),
  modelConfig: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe('of a single file: folder in the layout of diffusers with its configs and tokenizers'),
};

/** The flag of every command that may fetch a model. */
export const offlineField = z.boolean().default(false).describe('take models from the cache as they are, ask no hub');
