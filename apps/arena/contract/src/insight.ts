import { z } from 'zod';

/** A share, always with its counts and its 95 % Wilson interval. */
export const shareSchema = z.object({
  count: z.number(),
  total: z.number(),
  low: z.number().describe('0 where there are none'),
  high: z.number().describe('1 where there are none'),
});
export type Share = z.infer<typeof shareSchema>;

/** A statistic that may be undefined, with the reason. */
const alphaSchema = z.object({
  value: z.number().nullable(),
  low: z.number().nullable(),
  high: z.number().nullable(),
  units: z.int().describe('tasks that two or more raters answered'),
  why: z.string().nullable().describe('why there is no value'),
});

/** GET /api/projects/:project/statistics */
export const statisticsSchema = z.object({
  comparisons: z.int(),
  withdrawn: z.int(),
  raters: z.int(),
  kinds: z.record(z.string(), z.int()),
  perDay: z.array(z.object({ day: z.iso.date(), comparisons: z.int() })),
  questions: z.array(z.object({ id: z.string(), comparisons: z.int(), alpha: alphaSchema, first: shareSchema })),
  speed: z.object({ median: z.number().nullable(), lower: z.number().nullable(), upper: z.number().nullable() }),
  perRater: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      comparisons: z.int(),
      median: z.number().nullable().describe('milliseconds'),
      tooFast: shareSchema,
      first: shareSchema.describe('won by what stood first'),
      withOthers: shareSchema.describe('agreement with other raters on the same tasks'),
      withSelf: shareSchema.describe('agreement with the own earlier answer on repeated tasks'),
      gold: shareSchema,
      attention: shareSchema,
    }),
  ),
});
export type Statistics = z.infer<typeof statisticsSchema>;

/** GET /api/projects/:project/leaderboard?question=overall */
export const leaderboardSchema = z.object({
  question: z.string(),
  comparisons: z.int(),
  standings: z.array(
    z.object({
      name: z.string().describe('model, with its adapter where there is one'),
      strength: z.number(),
      low: z.number(),
      high: z.number(),
      wins: z.number(),
      losses: z.number(),
      ties: z.number(),
    }),
  ),
  why: z.string().nullable().describe('why there is no leaderboard yet'),
});
export type Leaderboard = z.infer<typeof leaderboardSchema>;
