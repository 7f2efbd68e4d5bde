import { type Curves, curvesSchema, type Run, runSchema } from '@bradley/arena-contract';
import { z } from 'zod';
import { address, anything, request, requestText } from './request.js';

export const listRuns = (): Promise<Run[]> => request(z.array(runSchema), '/api/runs');

export const loadRun = (run: string): Promise<Run> => request(runSchema, address`/api/runs/${run}`);

export const startRun = (name: string, config: string): Promise<{ run: string }> =>
  request(z.object({ run: z.string() }), '/api/runs', { method: 'POST', body: { name, config } });

export type Steering = 'pause' | 'continue' | 'stop' | 'resume';

export const steerRun = (run: string, action: Steering): Promise<unknown> =>
  request(anything, address`/api/runs/${run}/control`, { method: 'POST', body: { action } });

export const loadCurves = (runs: readonly string[], points: number): Promise<Curves> =>
  request(
    curvesSchema,
    `/api/curves?${new URLSearchParams([...runs.map((run) => ['run', run]), ['points', `${points}`]])}`,
  );

export const runEventsAddress = (run: string): string => address`/api/runs/${run}/events`;

/** The `run.yaml` of a run. */
export const loadRunFile = (run: string): Promise<string> => requestText(address`/api/runs/${run}/files/run.yaml`);
