import type { Training } from './train-arm.js';

/** One way of training, and on what. */
export interface Arm {
  readonly name: string;
  readonly summary: string;
  /** The set that it learns from: a row of `dataSets`. */
  readonly data: string;
  readonly training: Training;
}

/** What is compared, and what the paper says of it. */
export interface Claim {
  readonly of: string;
  /** An arm, or `base`. */
  readonly against: string;
  /** What the paper found: that the first wins, or that it is about as good. */
  readonly paper: 'wins' | 'alike';
}

/** A paper's finding, tried again at the size of the emoji model. */
export interface Study {
  readonly title: string;
  readonly question: string;
  readonly source: string;
  readonly arms: readonly Arm[];
  readonly claims: readonly Claim[];
  /** By whom pictures are judged, the first decides: rows of `judges`. */
  readonly judges: readonly string[];
  /** What must be said of the design. */
  readonly caveats: readonly string[];
}
