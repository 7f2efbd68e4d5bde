import { z } from 'zod';

/** What a rater decided, in positions on the screen: 0 is what stood first. The server turns positions into candidates. */
export const screenOutcomeSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('winner'), position: z.int().nonnegative() }),
  /** Best first; every position once. */
  z.strictObject({ kind: z.literal('ranking'), positions: z.array(z.int().nonnegative()).min(2).max(8) }),
  z.strictObject({ kind: z.literal('tie') }),
  z.strictObject({ kind: z.literal('bothBad') }),
  z.strictObject({ kind: z.literal('skip') }),
]);
export type ScreenOutcome = z.infer<typeof screenOutcomeSchema>;

const index = z.int().nonnegative();

/** The known answer of a task that tests raters, by the indices of its candidates. */
export const expectedOutcomeSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('winner'), index }),
  z.strictObject({ kind: z.literal('ranking'), order: z.array(index).min(2).max(8) }),
  z.strictObject({ kind: z.enum(['tie', 'bothBad']) }),
]);
