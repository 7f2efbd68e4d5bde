import { z } from 'zod';
import { shareSchema } from './insight.js';

/** POST /api/projects/:project/prompts : have pictures drawn for prompts of one's own. */
export const ownPromptsSchema = z.strictObject({ prompts: z.array(z.string().trim().min(1).max(300)).min(1).max(20) });
export const ownPromptsResultSchema = z.object({
  /** Per prompt, the words that the model has never seen. */
  unknownWords: z.array(z.array(z.string())),
  drawing: z.int(),
});

/** GET /api/projects/:project/taste */
export const tasteSchema = z.object({
  /** Choices between pictures that can be trained on, and how many are advised before training. */
  choices: z.int(),
  advised: z.int(),
  canTrain: z.boolean(),
  /** Words the model knows, to choose from. */
  suggestions: z.array(z.string()),
  trainings: z.array(
    z.object({
      run: z.string(),
      status: z.string(),
      choices: z.int(),
      /** The project in which before and after are judged blindly, once the run is finished. */
      verdict: z.string().nullable(),
    }),
  ),
});
export type Taste = z.infer<typeof tasteSchema>;

/** POST /api/projects/:project/taste : freezes the choices and trains on them. Answers with the run's id. */
export const tasteStartedSchema = z.object({ run: z.string(), snapshot: z.string() });

/** POST /api/runs/:run/verdict : begins the blind judgement. Answers with the project of it. */
export const verdictStartedSchema = z.object({ project: z.string() });

/** GET /api/projects/:project/verdict : of a project that judges a training. Before `done` = `total` nothing but counts is said. */
export const verdictSchema = z.object({
  run: z.string(),
  done: z.int(),
  total: z.int(),
  drawing: z.int(),
  result: z
    .object({
      after: shareSchema.describe('choices won by the trained model, of the decided ones'),
      undecided: z.int().describe('ties, both bad, skipped'),
      decided: z.boolean().describe('whether the interval excludes one half'),
      needed: z
        .int()
        .nullable()
        .describe('choices in all that would tell, at the observed share; null where no number would'),
      says: z.string().describe('the same in a sentence'),
      pictures: z.array(
        z.object({
          prompt: z.string(),
          before: z.string().describe('address'),
          after: z.string().describe('address'),
          chosen: z.enum(['before', 'after', 'neither']),
        }),
      ),
    })
    .nullable(),
});
export type Verdict = z.infer<typeof verdictSchema>;
