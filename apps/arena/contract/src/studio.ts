import { z } from 'zod';

/** The name of a run's folder: it stands in addresses. */
export const runIdSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, 'needs 1 to 100 of A–Z, a–z, 0–9, ., _ and -, a letter or digit first');

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
  strength: z
    .number()
    .nullable()
    .describe('at which the arena draws with the LoRA, of a taste; null where it does not'),
  report: z.string().nullable().describe('address of report.html'),
  validation: z.string().nullable().describe('address of validation/index.html'),
  log: z.string().nullable().describe('address of log.txt, where it says why it died'),
});
export type Run = z.infer<typeof runSchema>;

/** POST /api/runs : a run by a YAML config, as `bradley train` takes it. `output` is decided by the server. Local arenas only. */
export const newRunSchema = z.strictObject({ name: z.string().trim().min(1).max(60), config: z.string().max(100_000) });

/** POST /api/runs/:run/control */
export const runControlSchema = z.strictObject({ action: z.enum(['pause', 'continue', 'stop', 'resume']) });

/**
 * GET /api/runs/:run/events : server-sent events. `event: metrics` has an array of records of metrics.jsonl, `event: state` a run,
 * `event: rewind` `{ "step": number | null }`: forget what came after it, or all for null. `event: end` has the last state; close
 * then. A browser that reconnects says by `Last-Event-ID` what it has, and is sent the rest.
 */
export const metricRecordSchema = z.object({ step: z.int() }).catchall(z.unknown());
export type MetricRecord = z.infer<typeof metricRecordSchema>;

/** GET /api/curves?run=first&run=second : the numbers of several runs beside each other. */
export const curvesQuerySchema = z.object({
  run: z.preprocess((value) => (Array.isArray(value) ? value : [value]), z.array(runIdSchema).min(1).max(20)),
  points: z.coerce.number().int().min(10).max(1000).default(1000).describe('at most so many of each curve'),
});
export const curvesSchema = z.object({
  runs: z.array(
    z.object({
      run: z.string(),
      /** By the name of the metric; extremes are kept where points are left out. */
      curves: z.record(z.string(), z.array(z.tuple([z.number(), z.number()])).describe('step, value')),
    }),
  ),
});
export type Curves = z.infer<typeof curvesSchema>;
