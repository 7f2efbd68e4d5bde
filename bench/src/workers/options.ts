import { parseArgs } from 'node:util';
import type { SessionOptions } from '@bradley/runtime';
import { z } from 'zod';

const schema = z.object({
  model: z.string(),
  batch: z.coerce.number().int().positive(),
  threads: z.coerce.number().int().positive(),
  profile: z.string().optional(),
  side: z.coerce.number().int().positive().optional(),
  rank: z.coerce.number().int().positive().default(8),
});

export interface WorkerOptions {
  readonly model: string;
  readonly batch: number;
  readonly session: SessionOptions;
  /** Of the latents; default the model's own. */
  readonly side: number | undefined;
  readonly rank: number;
  readonly recompute: boolean;
  /** Feed the errors of the reference instead of computing them. */
  readonly noiseDraws: boolean;
}

/** What the bench starts a worker with: the same for every kind of work. */
export function workerOptions(): WorkerOptions {
  const names = ['model', 'batch', 'threads', 'profile', 'side', 'rank'];
  const flags = ['recompute', 'noise-draws'];
  const { values } = parseArgs({
    options: {
      ...Object.fromEntries(names.map((name) => [name, { type: 'string' as const }])),
      ...Object.fromEntries(flags.map((name) => [name, { type: 'boolean' as const }])),
    },
  });
  const { model, batch, threads, profile, side, rank } = schema.parse(values);
  return {
    model,
    batch,
    session: { threads, ...(profile ? { profile } : {}) },
    side,
    rank,
    recompute: values.recompute === true,
    noiseDraws: values['noise-draws'] === true,
  };
}
