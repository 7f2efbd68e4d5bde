import { z } from 'zod';

/** What a candidate is: decides how it is shown. */
export const modalities = ['image', 'text', 'audio', 'video'] as const;
export type Modality = (typeof modalities)[number];

/** Ids of projects, questions and snapshots: they stand in addresses and names of folders. */
export const slugSchema = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/, 'needs 1 to 64 of a–z, 0–9 and -, not at the ends');

export const questionSchema = z.strictObject({ id: slugSchema, text: z.string().trim().min(1).max(200) });

const share = z.number().min(0).max(0.5);
/** Of what is shown, all together: the rest is what one wants to know. */
const mostChecks = 0.8;

const settings = {
  modality: z.enum(modalities),
  questions: z
    .array(questionSchema)
    .min(1)
    .max(8)
    .refine((all) => new Set(all.map(({ id }) => id)).size === all.length, 'two questions have the same id'),
  /** How many candidates are shown at once; 2 is a pair, more are ranked. */
  candidates: z.int().min(2).max(8),
  /** Whether new pictures are drawn for it, two a task, where the server has a model. */
  draw: z.boolean(),
  allowTie: z.boolean(),
  allowBothBad: z.boolean(),
  allowSkip: z.boolean(),
  /** Which of the open tasks comes next: by chance, or the one whose answer says most about the leaderboard. */
  selection: z.enum(['random', 'informative']),
  /** How many raters see each task. */
  votesPerTask: z.int().min(1).max(1000),
  /** Shares of what is shown: tasks with a known answer, tasks that check attention, tasks shown to the same rater again. */
  goldShare: share,
  attentionShare: share,
  repeatShare: share,
  instructions: z.string().max(4000),
  /** What raters agree to before their first choice; empty: nothing is asked. Kept word for word in snapshots. */
  consent: z.string().max(10_000),
  licence: z.string().max(200),
  /** Where the candidates come from, for the card. */
  source: z.string().max(2000),
};

/** What an owner decides about a project. */
export const projectSettingsSchema = z.strictObject({
  modality: settings.modality.default('image'),
  questions: settings.questions.default([{ id: 'overall', text: 'Which do you like better?' }]),
  candidates: settings.candidates.default(2),
  draw: settings.draw.default(true),
  allowTie: settings.allowTie.default(true),
  allowBothBad: settings.allowBothBad.default(true),
  allowSkip: settings.allowSkip.default(true),
  selection: settings.selection.default('random'),
  votesPerTask: settings.votesPerTask.default(1),
  goldShare: settings.goldShare.default(0),
  attentionShare: settings.attentionShare.default(0),
  repeatShare: settings.repeatShare.default(0),
  instructions: settings.instructions.default(''),
  consent: settings.consent.default(''),
  licence: settings.licence.default(''),
  source: settings.source.default(''),
});
export type ProjectSettings = z.infer<typeof projectSettingsSchema>;

/**
 * Settings as they may be written. Those that were stored before are read whatever their shares are: then checks alone are shown, which
 * harms nobody but whoever asked for it.
 */
export const newProjectSettingsSchema = projectSettingsSchema.refine(
  ({ goldShare, attentionShare, repeatShare }) => goldShare + attentionShare + repeatShare < mostChecks + 1e-9,
  {
    path: ['repeatShare'],
    message: `known answers, attention checks and repeats may be ${100 * mostChecks} % of what is shown at most, all together`,
  },
);

/** Some of the settings. Without defaults, which would put back what is not mentioned. */
export const projectSettingsChangeSchema = z.strictObject(settings).partial();

export const roles = ['owner', 'rater', 'viewer'] as const;
export type Role = (typeof roles)[number];

export const projectSchema = z.object({
  id: slugSchema,
  name: z.string(),
  settings: projectSettingsSchema,
  /** Of whoever asks. */
  role: z.enum(roles),
  comparisons: z.int().nonnegative(),
  tasks: z.int().nonnegative(),
  /** Whether new pictures are drawn for it here: the setting `draw`, of pairs of images, on a server that has a model. */
  draws: z.boolean(),
  /** Of a project that judges a training blindly: the run whose adapter is judged. */
  verdictOf: z.string().nullable(),
  createdAt: z.iso.datetime(),
  /** Of a project that is hidden but from its owners, who can read it, restore it and delete it, and nothing else. */
  archivedAt: z.iso.datetime().nullable(),
});
export type Project = z.infer<typeof projectSchema>;

export const newProjectSchema = z.strictObject({
  id: slugSchema,
  name: z.string().trim().min(1).max(100),
  settings: projectSettingsChangeSchema.default({}),
});

export const projectChangeSchema = z.strictObject({
  name: z.string().trim().min(1).max(100).optional(),
  settings: projectSettingsChangeSchema.optional(),
});

/**
 * POST /api/projects/:project/archive and /restore, 204. DELETE /api/projects/:project : for good, with the snapshots that were frozen
 * from it; `name` is the project's name, typed by who wants that.
 */
export const projectDeletionSchema = z.strictObject({ name: z.string().max(200) });
