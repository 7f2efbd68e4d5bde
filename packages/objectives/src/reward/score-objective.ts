import type { Value } from '@bradley/graph';
import type { z } from 'zod';
import type { ObjectiveOutput } from '../objective.js';

/** A batch of B comparisons of a candidate A with a candidate B of the same prompt, under N questions. All (B, N). */
export interface ScoredPair {
  /** What the reward model gives each candidate, higher is better. */
  readonly a: Value;
  readonly b: Value;
  readonly label: PairLabel;
  /** What people gave each candidate by itself, on VideoAlign's scale of 1 to 5, 0 where nobody did; null where there are none. */
  readonly ratings: { readonly a: Value; readonly b: Value } | null;
}

/** What was said of a comparison: shares of those who judged it, 0 to 1 each. (B, N) */
export interface PairLabel {
  /** Preferred A, preferred B, saw no difference: they sum to 1 where the question was asked. */
  readonly a: Value;
  readonly b: Value;
  readonly tie: Value;
  /** How much an entry counts: 0 where the question was not asked. */
  readonly weight: Value;
}

/** An objective of reward models: a page of its paper. It sees scores and labels, never models or files. */
export interface ScoreObjective<Options extends z.ZodObject = z.ZodObject> {
  readonly name: string;
  readonly needs: { readonly prediction: 'scores'; readonly group: 'pair'; readonly reference: false };
  readonly options: Options;
  /** Whether it can learn from a tie; ties weigh nothing where not. */
  readonly usesTies: boolean;
  /** Whether these options make it read ratings. */
  readsRatings(options: z.infer<Options>): boolean;
  loss(pair: ScoredPair, options: z.infer<Options>): ObjectiveOutput;
}

/** Types an objective's options by its own schema. */
export function scoreObjective<Options extends z.ZodObject>(
  definition: Omit<ScoreObjective<Options>, 'needs'>,
): ScoreObjective<Options> {
  return { needs: { prediction: 'scores', group: 'pair', reference: false }, ...definition };
}

/** Ratings, or an error for a step that was built without. */
export function ratingsOf({ ratings }: ScoredPair): NonNullable<ScoredPair['ratings']> {
  if (!ratings) throw new RangeError('this objective compares with ratings, but the step has none');
  return ratings;
}
