import { join } from 'node:path';
import { writeFileAtomic } from '@bradley/formats';
import { z } from 'zod';
import { explainFullDisk } from './full-disk.js';
import { readJson } from './json-file.js';

/** What a run's process says of itself. One that was killed could not say so: see `observeRun`. */
export const runStatuses = ['running', 'paused', 'stopped', 'finished', 'failed'] as const;
export type RunStatus = (typeof runStatuses)[number];

const stateSchema = z.object({
  status: z.enum(runStatuses),
  /** Optimiser steps done when this was written; in between, the last line of metrics.jsonl knows. */
  step: z.int().nonnegative(),
  totalSteps: z.int().nonnegative().nullable(),
  error: z.string().nullable(),
  /** What takes long before the first step, and how far it is: to be shown, and gone when it is done. */
  doing: z.string().nullable().default(null),
  /** Folder names in checkpoints/, to be shown: a resume looks at the checkpoints themselves. */
  lastCheckpoint: z.string().nullable(),
  bestCheckpoint: z.string().nullable(),
  pid: z.int().positive(),
  /** How often the run was started, and the step of the checkpoint it went on from this time. */
  attempt: z.int().positive(),
  resumedFrom: z.int().nonnegative().nullable(),
  updatedAt: z.string(),
});

/**
 * state.json. Written at each change of status, each checkpoint and each second of a pass before training, not at each step: a write
 * waits for the disk.
 */
export type RunState = Readonly<z.infer<typeof stateSchema>>;

const statePath = (folder: string) => join(folder, 'state.json');

/** The last state the run's process wrote, or null before its first. */
export const readState = (folder: string): Promise<RunState | null> => readJson(statePath(folder), stateSchema);

export async function writeState(folder: string, state: RunState): Promise<void> {
  try {
    await writeFileAtomic(statePath(folder), `${JSON.stringify(state, null, 2)}\n`);
  } catch (error) {
    throw await explainFullDisk(error, statePath(folder), 'the state of the run was not written');
  }
}
