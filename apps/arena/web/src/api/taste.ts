import {
  ownPromptsResultSchema,
  type Taste,
  tasteSchema,
  tasteStartedSchema,
  type Verdict,
  verdictSchema,
  verdictStartedSchema,
} from '@bradley/arena-contract';
import type { z } from 'zod';
import { address, anything, request } from './request.js';

export const loadTaste = (project: string): Promise<Taste> =>
  request(tasteSchema, address`/api/projects/${project}/taste`);

export const startTaste = (project: string): Promise<z.infer<typeof tasteStartedSchema>> =>
  request(tasteStartedSchema, address`/api/projects/${project}/taste`, { method: 'POST', body: {} });

export const drawPrompts = (project: string, prompts: string[]): Promise<z.infer<typeof ownPromptsResultSchema>> =>
  request(ownPromptsResultSchema, address`/api/projects/${project}/prompts`, { method: 'POST', body: { prompts } });

export const startVerdict = (run: string): Promise<z.infer<typeof verdictStartedSchema>> =>
  request(verdictStartedSchema, address`/api/runs/${run}/verdict`, { method: 'POST', body: {} });

export const loadVerdict = (project: string): Promise<Verdict> =>
  request(verdictSchema, address`/api/projects/${project}/verdict`);

/** Another round, once all so far is judged. */
export const moreVerdict = (project: string): Promise<unknown> =>
  request(anything, address`/api/projects/${project}/verdict`, { method: 'POST', body: {} });
