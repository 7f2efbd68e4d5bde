import { scoreHeads } from '@bradley/models';
import { type RewardObjectiveName, rewardObjectiveNamed, rewardObjectives } from '@bradley/objectives';
import { trainsSchema } from '@bradley/train';
import { z } from 'zod';
import { threadsField } from '../config/threads-field.js';

const lossNames = Object.keys(rewardObjectives) as [RewardObjectiveName, ...RewardObjectiveName[]];

/** The run.yaml of a reward model's training. */
export const rewardConfigSchema = z.strictObject({
  model: z.string().min(1),
  data: z.string().min(1),
  output: z.string().min(1),
  /** Null: all that the data ask. */
  questions: z.array(z.string().min(1)).nullable(),
  promptFree: z.array(z.string().min(1)),
  loss: z.strictObject({ name: z.enum(lossNames), options: z.record(z.string(), z.json()) }),
  head: z.enum(scoreHeads).default('similarity'),
  trains: trainsSchema,
  steps: z.int().positive(),
  batch: z.int().positive(),
  lr: z.number().positive(),
  warmup: z.int().nonnegative(),
  weightDecay: z.number().nonnegative(),
  /** Decay of the average that is the result; null keeps none. */
  ema: z.number().min(0).lt(1).nullable(),
  weigh: z.enum(['prompts', 'comparisons']),
  turns: z.enum(['none', 'mirror', 'all']),
  heldOut: z.number().min(0).max(0.9),
  splitSalt: z.string(),
  /** Learn from so many pairs only, drawn by the seed: smaller numbers give subsets of larger ones. */
  pairs: z.int().positive().nullable(),
  validateEvery: z.int().positive().nullable(),
  checkpointEvery: z.int().positive(),
  seed: z.int().nonnegative(),
  threads: threadsField.nullable(),
});
export type RewardConfig = z.infer<typeof rewardConfigSchema>;

/**
 * A config whose loss has its own defaults and can be computed here.
 * @throws Error for options that the loss does not have, or that need ratings
 */
export function checkRewardLoss({ loss }: RewardConfig): RewardConfig['loss'] {
  const objective = rewardObjectiveNamed(loss.name);
  const options = z.strictObject(objective.options.shape).safeParse(loss.options);
  if (!options.success) throw new Error(`the loss ${loss.name}:\n${z.prettifyError(options.error)}`);
  if (objective.readsRatings(options.data))
    throw new Error(
      `the loss ${loss.name} reads ratings of single pictures, and comparisons have none. Give a margin as a number, or take another loss.`,
    );
  return { name: loss.name, options: options.data as RewardConfig['loss']['options'] };
}
