/** One thing that was shown: exactly one of a text, the sha256 that `upload` gave, and an address of the product's own. */
export interface ShownCandidate {
  text?: string;
  media?: string;
  address?: string;
  /** What made it, which is what a leaderboard compares. */
  model?: string;
  adapter?: string;
  seed?: number;
}

export type Outcome =
  | { kind: 'winner'; index: number }
  /** Best first; every index once. */
  | { kind: 'ranking'; order: number[] }
  | { kind: 'tie' | 'bothBad' | 'skip' };

/** What was shown and what was decided. Indices are positions in `shown`. */
export interface Choice {
  prompt: string;
  /** In the order on screen, two or more. */
  shown: ShownCandidate[];
  outcome: Outcome;
  /** Of the product, the same for the same choice; one is made where it is absent. */
  id?: string;
  question?: string;
  /** A pseudonym of the user; never an e-mail address. */
  rater?: string;
  session?: string;
  /** ISO 8601; now where it is absent. */
  at?: string;
  /** From being seen to being decided. */
  milliseconds?: number;
}

/** A choice that waits to be sent. */
export type Waiting = Choice & { id: string; at: string };
