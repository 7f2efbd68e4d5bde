import type { Candidate } from './record.js';

/** Candidates of one prompt that an objective learns from together. A pair is a group of two. */
export interface TrainingGroup {
  readonly id: string;
  readonly prompt: string;
  /** Best first, two or more. */
  readonly candidates: readonly Candidate[];
  /** φ of each: how likely it is to be preferred to another of the group; of a pair p and 1 − p, where ½ ≤ p ≤ 1. */
  readonly phi: readonly number[];
}
