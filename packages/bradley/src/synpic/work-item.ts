import { createHash } from 'node:crypto';
import type { QueuedJob } from '@bradley/preferences';
import { z } from 'zod';
import { generatorSchema, jobId, materialOf, type Plan } from './plan.js';

/** A piece of work, whole in itself: whoever has a worker's models can do it. */
export const workItemSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('generate'),
    /** The name of a generator of the plan. */
    source: z.string(),
    generator: generatorSchema,
    prompt: z.string(),
    seed: z.int(),
    /** Of the prompt in the plan: earlier ones are done first. */
    index: z.int(),
  }),
  z.object({
    kind: z.literal('score'),
    /** The spec of a scorer of the plan. */
    source: z.string(),
    prompt: z.string(),
    /** The sha256 of the picture. */
    media: z.string().regex(/^[0-9a-f]{64}$/),
    index: z.int(),
  }),
]);
export type WorkItem = z.infer<typeof workItemSchema>;
export type GenerateItem = Extract<WorkItem, { kind: 'generate' }>;
export type ScoreItem = Extract<WorkItem, { kind: 'score' }>;

/** What names the result: the same picture is made once whatever its generator is called, the same score whoever made the picture. */
export function idOf(item: WorkItem): string {
  if (item.kind === 'score')
    return jobId({ kind: item.kind, scorer: item.source, prompt: item.prompt, media: item.media });
  const generator = materialOf(item.generator);
  return jobId({ kind: item.kind, generator, prompt: item.prompt, seed: item.seed });
}

export const generateItems = ({ generators, prompts, seed }: Plan, from = 0, to = prompts.length): GenerateItem[] =>
  prompts.slice(from, to).flatMap((prompt, i) =>
    Object.entries(generators).map(([source, generator]) => ({
      ...{ kind: 'generate' as const, source, generator, prompt },
      ...{ seed: seed + from + i, index: from + i },
    })),
  );

export const scoreItems = (
  { scorers }: Pick<Plan, 'scorers'>,
  { prompt, index }: WorkItem,
  media: string,
): ScoreItem[] => scorers.map((source) => ({ kind: 'score', source, prompt, media, index }));

/** Every queue of a plan begins with it; a plan's name has no dot. */
export const queuesOf = (plan: string): string => `synpic.${plan}.`;

/** Work of one generator or scorer has a queue of its own, so that a worker can stay with the model that it holds. */
export function queueOf(plan: string, { kind, source }: Pick<WorkItem, 'kind' | 'source'>): string {
  return `${queuesOf(plan)}${kind}.${createHash('sha256').update(source).digest('hex').slice(0, 16)}`;
}

export const queued = (item: WorkItem): QueuedJob<WorkItem> => ({ id: idOf(item), data: item, priority: -item.index });
