import { samplerNames } from '@bradley/diffusion';
import { deviceNames } from '@bradley/runtime';
import { frozenPrecisions } from '@bradley/train';
import { z } from 'zod';
import { threadsField } from './threads-field.js';

/** How a picture is drawn, of every command that draws some. */
export const drawingFields = {
  steps: z.int().positive().default(20).describe('sampling steps'),
  guidance: z.number().nonnegative().default(3).describe('classifier-free guidance; 1 is none'),
};

/** The rest of what `bradley sample` may be told of a picture. */
export const pictureFields = {
  ...drawingFields,
  sampler: z.enum(samplerNames).optional().describe("sampler; none is the model's own"),
  height: z.int().positive().optional().describe("pixels; none is the model's own"),
  width: z.int().positive().optional().describe("pixels; none is the model's own"),
};

/** What it is drawn on. */
export const machineFields = {
  device: z
    .enum(['auto', ...deviceNames])
    .default('cpu')
    .describe('where to compute; auto takes the fastest that computes right numbers'),
  threads: threadsField.optional().describe(threadsField.description ?? ''),
  frozenWeights: z
    .enum(frozenPrecisions)
    .default('stored')
    .describe("how the UNet's large weights are kept: rounded to float16 or int8 they take less memory"),
};
