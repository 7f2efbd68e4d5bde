import { z } from 'zod';
import { shareSchema } from './insight.js';

/** POST /api/projects/:project/prompts : have pictures drawn for prompts of one's own. */
export const ownPromptsSchema = z.strictObject({ prompts: z.array(z.string().trim().min(1).max(300)).min(1).max(20) });
export const ownPromptsResultSchema = z.object({
  /** Per prompt, the words that the model has never seen. */
  unknownWords: z.array(z.array(z.string())),
  /** Per prompt, whether it will be drawn: not one of which the model knows no word. */
  drawn: z.array(z.boolean()),
  drawing: z.int(),
});

/** GET /api/projects/:project/taste */
export const tasteSchema = z.object({
  /** Choices between pictures that can be trained on; how many it takes at least, and how many are advised. */
  choices: z.int(),
  least: z.int(),
  advised: z.int(),
  canTrain: z.boolean(),
  why: z.string().nullable().describe('why one cannot train now, for people'),
  /** Words the model knows, to choose from. */
  suggestions: z.array(z.string()),
  trainings: z.array(
    z.object({
      run: z.string(),
      status: z.string(),
      choices: z.int(),
      /** The project in which before and after are judged blindly, once somebody began that. */
      verdict: z.string().nullable(),
    }),
  ),
});
export type Taste = z.infer<typeof tasteSchema>;

/** POST /api/projects/:project/taste : freezes the choices and trains on them. Answers with the run's id. */
export const tasteStartedSchema = z.object({ run: z.string(), snapshot: z.string() });

/**
 * POST /api/runs/:run/verdict : begins the blind judgement, of as many pairs as are decided on now. Answers with the project of it;
 * where there is one already, with that.
 */
export const newVerdictSchema = z.strictObject({ choices: z.int().min(10).max(200).default(20) });
export const verdictStartedSchema = z.object({ project: z.string() });

/** POST /api/projects/:project/verdict : another round, once all so far is judged. It is told apart from the first. */
export const moreVerdictSchema = z.strictObject({ choices: z.int().min(10).max(100).default(10) });

/** GET /api/projects/:project/verdict : of a project that judges a training. Before `done` = `total` nothing but counts is said. */
export const verdictSchema = z.object({
  run: z.string(),
  done: z.int(),
  total: z.int(),
  drawing: z.int(),
  problem: z
    .string()
    .nullable()
    .describe('why pictures could not be drawn, where that is so; asking again tries again'),
  result: z
    .object({
      after: shareSchema.describe('choices won by the trained model, of the decided ones of the first round'),
      undecided: z.int().describe('ties and both bad of the first round'),
      decided: z.boolean().describe('whether the interval excludes one half'),
      needed: z
        .int()
        .nullable()
        .describe('choices in all that would tell, at the observed share; null where no number would'),
      says: z.string().describe('the same in a sentence'),
      /** The same pairs by what their prompts were: some were trained on, some were not. */
      trained: shareSchema,
      unseen: shareSchema,
      /** Rounds that were added after a result was seen. Stopping when one likes it makes chance look like a result: on their own. */
      later: z.array(z.object({ after: shareSchema, undecided: z.int() })),
      pictures: z.array(
        z.object({
          prompt: z.string(),
          trained: z.boolean().describe('whether the prompt was trained on'),
          round: z.int().positive(),
          before: z.string().describe('address'),
          after: z.string().describe('address'),
          chosen: z.enum(['before', 'after', 'neither']),
        }),
      ),
    })
    .nullable(),
});
export type Verdict = z.infer<typeof verdictSchema>;
