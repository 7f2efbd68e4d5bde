import type { RgbImage } from '@bradley/formats';
import type { LearntFrom } from '@bradley/preferences';

/** A picture as it is judged: with the prompt that it was made for. */
export interface Scorable {
  readonly prompt: string;
  readonly image: RgbImage;
  /** The sha256 of the picture's file, where it is known: scores are kept by it. */
  readonly sha256?: string;
}

/** Gives a picture one number, higher is better: a reward model, a rule about pixels, a judge behind an address. */
export interface Scorer {
  /** What reports call it: `pickscore`, `jpeg-compressibility`. */
  readonly name: string;
  /** 64 hex digits over everything that a score depends on, weights and settings: what kept scores belong to. */
  readonly identity: string;
  /** 64 hex digits over the content of its weights alone, whatever is made of them: who has them has taught. Null where there are none, or nobody can see them. */
  readonly weights: string | null;
  /** Whether the prompt matters. */
  readonly readsPrompt: boolean;
  /** The comparisons it learnt from, where it says: whoever trained on them too is not judged by it. Null where unknown. */
  readonly learntFrom: LearntFrom | null;
  /** Of a stated persona's own rule: the rater of the comparisons that the persona answered. */
  readonly answersAs?: string;
  /** One number for each, in their order. Any number of them: it batches by itself. */
  score(items: readonly Scorable[]): Promise<Float64Array>;
  /** Unit vectors of the pictures, where it has an image tower: how unlike pictures are is measured between them. */
  embed?(items: readonly Scorable[]): Promise<readonly Float32Array[]>;
  release(): Promise<void>;
}
