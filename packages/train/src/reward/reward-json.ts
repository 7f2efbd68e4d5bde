import { scoreHeads } from '@bradley/models';
import { learntFromSchema } from '@bradley/preferences';
import { z } from 'zod';

/** What a judge's validation set said of one question: on pictures of prompts that were not trained on. */
const questionSchema = z.strictObject({
  name: z.string().min(1),
  readsPrompt: z.boolean(),
  /** Of the scores of the validation set: a normalised score is (score − mean) / std. Null where there was none. */
  normalisation: z.strictObject({ mean: z.number(), std: z.number().positive() }).nullable(),
  /** P(A ≻ B) = σ((A − B) / temperature), fitted on the validation set. Null where there were no preferences in it. */
  temperature: z.number().positive().nullable(),
  /** Scores that differ by no more are best taken for a tie: of most accuracy with ties. Null where no tie is best. */
  tieThreshold: z.number().nonnegative().nullable(),
});

/** `reward.json`: what makes a CLIP folder a reward model. */
export const rewardJsonSchema = z.strictObject({
  format: z.literal('bradley-reward-1'),
  /** In the order of the scores. */
  questions: z.array(questionSchema).min(1),
  head: z.enum(scoreHeads).default('similarity'),
  loss: z.strictObject({ name: z.string(), options: z.record(z.string(), z.json()) }),
  /** Tokens of a prompt, padding included: longer ones are cut. */
  tokens: z.number().int().positive(),
  learntFrom: learntFromSchema,
  /** How it was trained and how many comparisons there were, to be read by people. */
  trained: z.record(z.string(), z.json()),
});
export type RewardJson = z.infer<typeof rewardJsonSchema>;
export type RewardQuestion = z.infer<typeof questionSchema>;
