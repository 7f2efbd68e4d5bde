import { z } from 'zod';

/** POST /api/v1/choices (API key): what a product showed and what its user chose. */
export const feedbackCandidateSchema = z.strictObject({
  /** Exactly one of: text; a sha256 of media uploaded to POST /api/v1/media; an address of the product's own. */
  text: z.string().max(100_000).optional(),
  media: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
  address: z.url().max(2000).optional(),
  model: z.string().max(200).optional(),
  adapter: z.string().max(200).optional(),
  seed: z.int().optional(),
});

export const feedbackChoiceSchema = z.strictObject({
  /** The product's own id; the same id sent again counts once. */
  id: z.string().min(1).max(200),
  prompt: z.string().min(1).max(10_000),
  shown: z.array(feedbackCandidateSchema).min(2).max(16),
  outcome: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('winner'), index: z.int().nonnegative() }),
    z.strictObject({ kind: z.literal('ranking'), order: z.array(z.int().nonnegative()) }),
    z.strictObject({ kind: z.enum(['tie', 'bothBad', 'skip']) }),
  ]),
  question: z.string().max(64).default('overall'),
  /** A pseudonym of the product's user; never an e-mail address. */
  rater: z.string().max(200).optional(),
  session: z.string().max(200).optional(),
  at: z.iso.datetime({ offset: true }).optional(),
  milliseconds: z.number().nonnegative().optional(),
});
export type FeedbackChoice = z.input<typeof feedbackChoiceSchema>;

export const feedbackBatchSchema = z.strictObject({ choices: z.array(feedbackChoiceSchema).min(1).max(500) });
/** In the order sent. A refused choice does not hold back the others. */
export const feedbackResultSchema = z.object({
  results: z.array(
    z.object({ id: z.string(), status: z.enum(['recorded', 'known', 'refused']), error: z.string().optional() }),
  ),
});
