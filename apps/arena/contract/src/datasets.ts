import { z } from 'zod';
import { slugSchema } from './project.js';

/** POST /api/projects/:project/imports (a file as multipart, or, for the local user, a path on this computer). */
export const importSchema = z.object({
  id: z.string(),
  name: z.string(),
  format: z.string().nullable(),
  status: z.enum(['running', 'finished', 'failed', 'interrupted']),
  read: z.int(),
  added: z.int(),
  known: z.int().describe('were there already'),
  refused: z.int(),
  problems: z.record(z.string(), z.int()),
  refusals: z
    .array(z.object({ where: z.string(), problem: z.string(), refused: z.string() }))
    .describe('the first hundred'),
  error: z.string().nullable(),
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime().nullable(),
});
export type Import = z.infer<typeof importSchema>;

/** POST /api/projects/:project/snapshots */
export const newSnapshotSchema = z.strictObject({ name: slugSchema });
export const snapshotSchema = z.object({
  name: slugSchema,
  version: z.int().positive(),
  comparisons: z.int(),
  media: z.int(),
  bytes: z.int(),
  createdAt: z.iso.datetime(),
  /** What `bradley train --data` takes. */
  trainAs: z.string(),
  card: z.string().describe('address'),
});
export type Snapshot = z.infer<typeof snapshotSchema>;
