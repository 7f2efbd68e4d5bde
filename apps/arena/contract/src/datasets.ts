import { z } from 'zod';
import { slugSchema } from './project.js';

/** POST /api/projects/:project/imports, where it is not a file as multipart, `file`: a path on this computer, for the local user. */
export const importPathSchema = z.strictObject({ path: z.string().min(1).max(4096) });

/** GET and POST /api/projects/:project/imports : one that runs is asked for again. */
export const importSchema = z.object({
  id: z.string(),
  name: z.string(),
  format: z.string().nullable(),
  status: z
    .enum(['running', 'finished', 'failed', 'interrupted'])
    .describe('interrupted: send or name the same file again, and it goes on'),
  read: z.int(),
  added: z.int(),
  known: z.int().describe('were there already'),
  refused: z.int(),
  remote: z.int().describe('candidates whose media stayed on the network: their addresses are kept'),
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
