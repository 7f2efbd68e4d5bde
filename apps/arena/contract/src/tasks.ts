import { z } from 'zod';
import { expectedOutcomeSchema } from './outcome.js';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'is a sha256 in 64 hex digits');

/** POST /api/projects/:project/media, and POST /api/v1/media with an API key: the bytes of one file as the body. */
export const uploadedMediaSchema = z.object({
  sha256,
  type: z.string().describe('by its bytes, such as image/png'),
  bytes: z.int().nonnegative(),
  address: z.string().describe('path on this server, for members of the project'),
});

/** Exactly one of a text and the sha256 of media that were uploaded to the project. */
const taskCandidateSchema = z
  .strictObject({
    text: z.string().min(1).max(100_000).optional(),
    media: sha256.optional(),
    model: z.string().max(200).optional(),
    adapter: z.string().max(200).optional(),
    seed: z.int().optional(),
    steps: z.int().positive().optional(),
    guidance: z.number().optional(),
  })
  .refine(({ text, media }) => (text === undefined) !== (media === undefined), 'needs exactly one of text and media');

export const newTaskSchema = z.strictObject({
  prompt: z.string().trim().min(1).max(10_000),
  candidates: z.array(taskCandidateSchema).min(2).max(8),
  /** Of a gold task the answer is known, and an attention task checks that the rater looks; both need `expected`. */
  purpose: z.enum(['ordinary', 'gold', 'attention']).default('ordinary'),
  expected: expectedOutcomeSchema.optional(),
});

/** POST /api/projects/:project/tasks */
export const newTasksSchema = z.strictObject({ tasks: z.array(newTaskSchema).min(1).max(500) });
export const addedTasksSchema = z.object({ ids: z.array(z.string()).describe('in the order sent') });
