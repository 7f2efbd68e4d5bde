import { problemSchema } from '@bradley/arena-contract';
import { OpenAPIHono } from '@hono/zod-openapi';
import type { z } from 'zod';
import type { ArenaEnv } from '../env.js';
import { invalid } from '../refusal.js';

/** Routes of one subject; what their schemas refuse becomes the contract's problem. */
export const newRoutes = () => new OpenAPIHono<ArenaEnv>({ defaultHook: refuseInvalid });

function refuseInvalid(result: { success: true } | { success: false; error: z.ZodError }): void {
  if (!result.success) throw invalid(result.error);
}

/** A JSON body that must be there. */
export const jsonBody = <T extends z.ZodType>(schema: T) => ({
  required: true as const,
  content: { 'application/json': { schema } },
});

/** An answer of JSON. */
export const jsonAnswer = <T extends z.ZodType>(schema: T, description: string) => ({
  description,
  content: { 'application/json': { schema } },
});

/** What every route may answer instead. */
export const refusals = { default: jsonAnswer(problemSchema, 'refused') } as const;
