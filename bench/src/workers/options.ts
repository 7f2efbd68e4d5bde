import { parseArgs } from 'node:util';
import type { SessionOptions } from '@bradley/runtime';
import { z } from 'zod';

const schema = z.object({
  model: z.string(),
  batch: z.coerce.number().int().positive(),
  threads: z.coerce.number().int().positive(),
  profile: z.string().optional(),
});

export interface WorkerOptions {
  readonly model: string;
  readonly batch: number;
  readonly session: SessionOptions;
}

/** What the bench starts a worker with: the same for every kind of work. */
export function workerOptions(): WorkerOptions {
  const names = ['model', 'batch', 'threads', 'profile'];
  const { values } = parseArgs({ options: Object.fromEntries(names.map((name) => [name, { type: 'string' }])) });
  const { model, batch, threads, profile } = schema.parse(values);
  return { model, batch, session: { threads, ...(profile ? { profile } : {}) } };
}
