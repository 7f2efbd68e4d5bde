import { z } from 'zod';
import { expectedOutcomeSchema } from './outcome.js';

/** A comparison as it is browsed: the record of `preferences`, and what the store knows of it. */
export const storedComparisonSchema = z.object({
  id: z.string(),
  prompt: z.string(),
  candidates: z.array(
    z.object({
      media: z.string(),
      address: z.string().nullable().describe('path on this server, where the media are kept here'),
      type: z.string().nullable(),
      model: z.string().optional(),
      adapter: z.string().optional(),
      seed: z.number().optional(),
    }),
  ),
  /** The outcome of the record: indices of candidates, not positions. */
  outcome: z.object({ kind: z.string() }).loose(),
  question: z.string(),
  rater: z.string().nullable().describe('id'),
  raterName: z.string().nullable(),
  at: z.iso.datetime().nullable(),
  milliseconds: z.number().nullable(),
  shown: z.array(z.int()).nullable(),
  purpose: z.enum(['ordinary', 'gold', 'attention', 'repeat']),
  withdrawn: z.boolean(),
  /** How often it was corrected; the audit trail says by whom, when, from what and why. */
  corrections: z.int().nonnegative(),
  /** Whether what it compares tests raters by now, and with which answer. */
  known: z
    .object({ purpose: z.enum(['gold', 'attention']), expected: z.object({ kind: z.string() }).loose() })
    .nullable(),
});
export type StoredComparison = z.infer<typeof storedComparisonSchema>;

/** GET /api/projects/:project/comparisons */
export const comparisonFilterSchema = z.strictObject({
  prompt: z.string().max(200).optional().describe('part of the prompt'),
  question: z.string().optional(),
  rater: z.string().optional(),
  kind: z.enum(['winner', 'tie', 'bothBad', 'skip', 'ranking', 'shares', 'scores']).optional(),
  model: z.string().max(200).optional(),
  purpose: z.enum(['ordinary', 'gold', 'attention', 'repeat']).optional(),
  withdrawn: z.stringbool().default(false),
  before: z
    .string()
    .regex(/^\d{1,15}$/, 'is not a cursor that a page gave')
    .optional()
    .describe('cursor of the page before'),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
export const comparisonPageSchema = z.object({
  comparisons: z.array(storedComparisonSchema),
  total: z.int().describe('that match the filter'),
  next: z.string().nullable().describe('cursor'),
});

/** PATCH /api/projects/:project/comparisons/:id */
export const correctionSchema = z.strictObject({
  outcome: z.object({ kind: z.string() }).loose().describe('an outcome of the comparison record'),
  reason: z.string().trim().min(1).max(500),
});

/** DELETE /api/projects/:project/comparisons/:id withdraws, POST …/comparisons/:id/restore takes that back. */
export const withdrawalSchema = z.strictObject({ reason: z.string().trim().min(1).max(500) });

/**
 * PUT /api/projects/:project/comparisons/:id/known : what it compares becomes a task whose answer is known, to test raters with. DELETE
 * takes that back. Answers that were given before stay what they were.
 */
export const knownAnswerSchema = z.strictObject({
  purpose: z.enum(['gold', 'attention']),
  expected: expectedOutcomeSchema,
});
