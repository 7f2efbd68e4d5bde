import { z } from 'zod';
import { screenOutcomeSchema } from './outcome.js';
import { modalities, questionSchema } from './project.js';

/** One candidate as a rater may see it: nothing that says who made it. Text has no address, the others no text. */
export const shownCandidateSchema = z.object({
  address: z.string().nullable().describe('path on this server'),
  type: z.string().nullable().describe('media type, such as image/png'),
  text: z.string().nullable(),
});

/**
 * One showing of a task to one rater. `token` is sealed by the server: it holds the task, the rater, the order of the sides and
 * the time, and is good for one answer; the same answer sent twice counts once.
 */
export const presentationSchema = z.object({
  token: z.string(),
  prompt: z.string(),
  modality: z.enum(modalities),
  /** In the order on screen. */
  candidates: z.array(shownCandidateSchema),
  questions: z.array(questionSchema),
  allowTie: z.boolean(),
  allowBothBad: z.boolean(),
  allowSkip: z.boolean(),
});
export type Presentation = z.infer<typeof presentationSchema>;

/**
 * GET /api/projects/:project/next?count=3 : as many as there are, up to `count`. Refused with the code `consent` where the project's
 * consent text was not agreed to.
 */
export const nextQuerySchema = z.strictObject({
  count: z.coerce.number().int().min(1).max(8).default(3),
  /** First what was shown to the rater before and not answered, with the token it had: for a page that was just loaded. */
  again: z.stringbool().default(false),
  /** Seconds to wait for something to be drawn, where nothing is open. */
  wait: z.coerce.number().min(0).max(10).default(0),
});
export const nextSchema = z.object({
  presentations: z.array(presentationSchema),
  /** Comparisons of this rater in this project so far. */
  done: z.int().nonnegative(),
  /**
   * Tasks that are still open for this rater, and pictures that are being drawn for new ones. To the next ten in projects that mix in known answers or
   * repeats, as the exact number would tell which they are.
   */
  open: z.int().nonnegative(),
  drawing: z.int().nonnegative(),
});

/** POST /api/projects/:project/votes */
export const voteSchema = z.strictObject({
  token: z.string().max(8192),
  /** One for each question of the presentation. */
  answers: z.record(z.string(), screenOutcomeSchema),
  /** From being seen to being answered. */
  milliseconds: z.number().min(0).max(86_400_000),
});
export type Vote = z.infer<typeof voteSchema>;

/** 201, and 200 for one that was recorded before. Sent only after the vote is in the database. */
export const voteResultSchema = z.object({
  ids: z.array(z.string()).describe('of the comparisons, one a question'),
  duplicate: z.boolean(),
  done: z.int().nonnegative(),
});

/** POST /api/projects/:project/votes/undo : withdraws the answer of a token. The same showing is answered with, under a new token. */
export const undoSchema = z.strictObject({ token: z.string().max(8192) });
export const undoneSchema = z.object({ presentation: presentationSchema, done: z.int().nonnegative() });

/** POST /api/projects/:project/consent : with the text that was read, so that a text changed meanwhile is not agreed to. */
export const consentSchema = z.strictObject({ text: z.string() });
