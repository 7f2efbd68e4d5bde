import { z } from 'zod';
import { type Candidate, type Comparison, candidateSchema } from './record.js';

const candidateDetails = candidateSchema.omit({ media: true, kind: true });

/** What a record holds besides prompt, media and outcome, for the metadata of formats that have a place for anything. */
export const detailsSchema = z.strictObject({
  id: z.string().min(1),
  question: z.string().optional(),
  rater: z.string().optional(),
  session: z.string().optional(),
  at: z.string().optional(),
  milliseconds: z.number().optional(),
  shown: z.array(z.number()).optional(),
  candidates: z.array(candidateDetails).optional(),
});
export type RecordDetails = z.infer<typeof detailsSchema>;

export function detailsOf({ prompt: _, candidates, outcome: __, ...rest }: Comparison): RecordDetails {
  return { ...rest, candidates: candidates.map(({ media: ___, kind: ____, ...details }) => details) };
}

/** The value of a record from its details and what the format holds itself. */
export function withDetails(
  { candidates: details = [], ...rest }: RecordDetails,
  { candidates, ...known }: { prompt: unknown; candidates: readonly Candidate[]; outcome: unknown },
): unknown {
  return { ...rest, ...known, candidates: candidates.map((candidate, index) => ({ ...details[index], ...candidate })) };
}
