import { z } from 'zod';

/** The body of every answer that is not a success. */
export const problemSchema = z.object({
  error: z.string().describe('what is wrong and what to do, for people'),
  code: z.string().describe('for programs, such as not-found or too-large'),
  issues: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
});
export type Problem = z.infer<typeof problemSchema>;
