import { z } from 'zod';

/** GET /api/runs, GET /api/runs/:run. `id` is the name of the run's folder. */
export const runSchema = z.object({
  id: z.string(),
  status: z.enum(['new', 'running', 'paused', 'stopped', 'finished', 'failed', 'interrupted']),
  step: z.int(),
  totalSteps: z.int().nullable(),
  doing: z.string().nullable(),
  error: z.string().nullable(),
  objective: z.string().nullable(),
  model: z.string().nullable(),
  data: z.string().nullable(),
  updatedAt: z.iso.datetime().nullable(),
  /** Project whose comparisons it trains on, where it was started here. */
  project: z.string().nullable(),
  adapter: z.string().nullable().describe('address of the LoRA'),
  adapterKohya: z.string().nullable(),
  report: z.string().nullable().describe('address of report.html'),
  validation: z.string().nullable().describe('address of validation/index.html'),
});
export type Run = z.infer<typeof runSchema>;

/** POST /api/runs : a run by a YAML config, as `bradley train` takes it. `output` is decided by the server. */
export const newRunSchema = z.strictObject({ name: z.string().trim().min(1).max(60), config: z.string().max(100_000) });

/** POST /api/runs/:run/control */
export const runControlSchema = z.strictObject({ action: z.enum(['pause', 'continue', 'stop', 'resume']) });

/**
 * GET /api/runs/:run/events : server-sent events. `event: metrics` has an array of records of metrics.jsonl, `event: state` a run,
 * `event: rewind` `{ "step": number | null }`: forget what came after it. `event: end` closes.
 */
export const metricRecordSchema = z.object({ step: z.int() }).catchall(z.unknown());
export type MetricRecord = z.infer<typeof metricRecordSchema>;
