import { teacherSchema } from '@bradley/preferences';
import { z } from 'zod';
import { workItemSchema } from './work-item.js';

/** What workers and the process that owns the store say to each other, over HTTP as JSON. Pictures go in base64, and come as they are. */
const seconds = z.number().nonnegative();
const leaseName = z.object({
  queue: z.string().min(1),
  id: z.string().regex(/^[0-9a-f-]{36}$/),
  attempt: z.int().nonnegative(),
});
export const leaseSchema = leaseName.extend({ data: workItemSchema });
const worker = z.string().min(1).max(200);

export const requests = {
  take: z.object({ worker, prefers: z.string().nullable() }),
  hold: z.object({ leases: z.array(leaseName).max(256) }),
  giveBack: z.object({ leases: z.array(leaseName).max(256) }),
  finish: z.object({
    worker,
    finished: z
      .array(
        z.object({
          lease: leaseSchema,
          result: z.discriminatedUnion('kind', [
            z.object({ kind: z.literal('generate'), picture: z.base64() }),
            z.object({
              kind: z.literal('score'),
              score: z.number(),
              rater: z.string().max(10_000), // with the colours of a palette, the path of a model
              teachers: z.array(teacherSchema).max(100).optional(),
            }),
          ]),
          ...{ wallSeconds: seconds, cpuSeconds: seconds, openingSeconds: seconds },
        }),
      )
      .max(256),
  }),
  fail: z.object({ lease: leaseName, message: z.string().max(10_000) }),
};

export const answers = {
  plan: z.object({ plan: z.string(), lease: z.number() }),
  take: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('work'), leases: z.array(leaseSchema) }),
    z.object({ kind: z.literal('wait') }),
    z.object({ kind: z.literal('finished') }),
  ]),
};
