import { z } from 'zod';

/** What a candidate may be, besides a picture. */
export const candidateKinds = ['text', 'audio', 'video'] as const;

/** One thing that was judged, with what is known of how it was made. */
export const candidateSchema = z.strictObject({
  /** A sha256 of the file in 64 hex digits, an address that the record's source can load, or, for text, the text. */
  media: z.string().min(1),
  /** What it is, where it is no picture. Of a text, `media` is the text itself, not its address. */
  kind: z.enum(candidateKinds).optional(),
  model: z.string().optional(),
  seed: z.number().int().optional(),
  steps: z.number().int().positive().optional(),
  guidance: z.number().optional(),
  adapter: z.string().optional(),
});

/** What was decided. Indices are 0-based positions in `candidates`. */
export const outcomeSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('winner'), index: z.number().int().nonnegative() }),
  z.strictObject({ kind: z.literal('tie') }),
  z.strictObject({ kind: z.literal('bothBad') }),
  z.strictObject({ kind: z.literal('skip') }),
  /** Best first. */
  z.strictObject({ kind: z.literal('ranking'), order: z.array(z.number().int().nonnegative()) }),
  /** The share of the votes each candidate got; they sum to 1. */
  z.strictObject({ kind: z.literal('shares'), p: z.array(z.number().min(0).max(1)) }),
  /** One score per candidate from each scorer, higher is better. */
  z.strictObject({ kind: z.literal('scores'), by: z.record(z.string().min(1), z.array(z.number())) }),
]);

/**
 * The comparison record: what was shown, what was chosen, by whom and when. Every reader and writer converts to or from
 * it. `at` is an ISO 8601 time and is absent where a source does not say.
 */
export const comparisonSchema = z
  .strictObject({
    id: z.string().min(1),
    prompt: z.string().regex(/\S/, 'is empty'),
    /** Of n, statistics compare n² / 2 pairs. */
    candidates: z.array(candidateSchema).min(2).max(64),
    outcome: outcomeSchema,
    question: z.string().min(1).default('overall'),
    rater: z.string().optional(),
    session: z.string().optional(),
    at: z.iso.datetime({ offset: true }).optional(),
    milliseconds: z.number().nonnegative().optional(),
    /** The order on screen: `shown[0]` is the index of the candidate that stood first. */
    shown: z.array(z.number().int().nonnegative()).optional(),
  })
  .superRefine(({ candidates, outcome, shown }, context) => {
    const fault = outcomeFault(outcome, candidates.length);
    if (fault) context.addIssue({ code: 'custom', path: ['outcome'], message: fault });
    if (shown && !isPermutation(shown, candidates.length)) {
      context.addIssue({ code: 'custom', path: ['shown'], message: notAPermutation(shown, candidates.length) });
    }
  });

export type CandidateKind = (typeof candidateKinds)[number];
export type Candidate = z.infer<typeof candidateSchema>;
export type Outcome = z.infer<typeof outcomeSchema>;
export type OutcomeKind = Outcome['kind'];
export type Comparison = z.infer<typeof comparisonSchema>;

export const outcomeKinds = outcomeSchema.options.map((option) => option.shape.kind.value);

/** What a set of n candidates makes impossible about an outcome, or undefined. */
function outcomeFault(outcome: Outcome, n: number): string | undefined {
  switch (outcome.kind) {
    case 'winner':
      return outcome.index < n ? undefined : `the winner's index is ${outcome.index}, but there are ${n} candidates`;
    case 'ranking':
      return isPermutation(outcome.order, n) ? undefined : notAPermutation(outcome.order, n);
    case 'shares': {
      if (outcome.p.length !== n) return `${outcome.p.length} shares for ${n} candidates`;
      const sum = outcome.p.reduce((a, b) => a + b, 0);
      return Math.abs(sum - 1) <= 1e-3 ? undefined : `the shares sum to ${sum}, expected 1`;
    }
    case 'scores': {
      const scorers = Object.entries(outcome.by);
      if (scorers.length === 0) return 'no scorer';
      const short = scorers.find(([, scores]) => scores.length !== n);
      return short && `${short[1].length} scores by ${short[0]} for ${n} candidates`;
    }
    default:
      return undefined;
  }
}

function isPermutation(order: readonly number[], n: number): boolean {
  return order.length === n && new Set(order).size === n && order.every((index) => index < n);
}

function notAPermutation(order: readonly number[], n: number): string {
  return `[${order.slice(0, 16).join(', ')}] is not an order of the ${n} candidates: each of 0…${n - 1} must be there once`;
}
