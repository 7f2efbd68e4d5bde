import type { Value } from '@bradley/graph';
import type { z } from 'zod';

/** One side of a comparison at noise level t: what the networks predicted of it and what they should have. (B, C, H, W) each. */
export interface Denoising {
  readonly target: Value;
  readonly policy: Value;
  /** What is known of the frozen model on this side; null for objectives that declare `reference: false`. */
  readonly reference: Reference | null;
}

/** The frozen model's prediction (B, C, H, W), or, kept from an earlier pass, its mean squared error (B) alone. */
export type Reference = { readonly prediction: Value } | { readonly error: Value };

/** A batch of B pairs. */
export interface DenoisingPair {
  readonly chosen: Denoising;
  readonly rejected: Denoising;
  /** (B): how sure the label is, 1 for a plain preference and 0.5 for a tie; null when every label is plain. */
  readonly preference: Value | null;
}

/** A batch of B rankings of k candidates each. */
export interface DenoisingRanking {
  /** k of them, best first: the first has rank τ = 1. */
  readonly sides: readonly Denoising[];
  /** (B, k): how likely each candidate is to be preferred to another of its prompt; never rising from best to worst. */
  readonly phi: Value;
}

/** What an objective is given, by what it declares. */
export interface Sides {
  one: Denoising;
  pair: DenoisingPair;
  ranking: DenoisingRanking;
}

export type Group = keyof Sides;

/** What the training step must build for an objective. */
export interface Needs<G extends Group = Group> {
  readonly prediction: 'denoising';
  readonly group: G;
  /** Of the frozen model on the same noised latents: nothing, how wrong it is, or all that it predicts. */
  readonly reference: false | 'error' | 'prediction';
}

export interface ObjectiveOutput {
  /** Scalar. */
  readonly loss: Value;
  /** Scalars to log. */
  readonly metrics: Readonly<Record<string, Value>>;
}

/** A preference objective: a page of its paper. It sees predictions and targets, never models, files or devices. */
export interface Objective<G extends Group = Group, Options extends z.ZodObject = z.ZodObject> {
  readonly name: string;
  readonly needs: Needs<G>;
  readonly options: Options;
  /** Whether it can learn from a tie (p = 0.5); ties are dropped where not. */
  readonly usesTies: boolean;
  loss(sides: Sides[G], options: z.infer<Options>): ObjectiveOutput;
}

/** Types an objective's options by its own schema. */
export function objective<G extends Group, Options extends z.ZodObject>(
  definition: Objective<G, Options>,
): Objective<G, Options> {
  return definition;
}
