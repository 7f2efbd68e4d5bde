/** One thing that was shown: exactly one of text, media and address. */
export interface Candidate {
  /** Of a candidate that is text: the text itself. */
  readonly text?: string | undefined;
  /** The sha256 that `upload` answered with. */
  readonly media?: string | undefined;
  /** An address of the product's own, which keeps the file. */
  readonly address?: string | undefined;
  readonly model?: string | undefined;
  readonly adapter?: string | undefined;
  readonly seed?: number | undefined;
}

/** What was decided; indices are positions in `shown`, which is in the order of the screen. */
export type Outcome =
  | { readonly kind: 'winner'; readonly index: number }
  /** Best first, every index once. */
  | { readonly kind: 'ranking'; readonly order: readonly number[] }
  | { readonly kind: 'tie' | 'bothBad' | 'skip' };

/** What somebody was shown. */
export interface Showing {
  readonly prompt: string;
  readonly shown: readonly Candidate[];
  /** The same id logged twice counts once. A random one where there is none. */
  readonly id?: string | undefined;
  /** What was asked; `overall` where there is none. */
  readonly question?: string | undefined;
  /** A pseudonym of who chose, never an e-mail address. */
  readonly rater?: string | undefined;
  readonly session?: string | undefined;
  /** ISO 8601 with an offset. The time of logging where there is none, however late it is sent. */
  readonly at?: string | undefined;
  /** How long the choice took. */
  readonly milliseconds?: number | undefined;
}

/** A choice as the server takes it. */
export interface Choice extends Showing {
  readonly id: string;
  readonly outcome: Outcome;
}
