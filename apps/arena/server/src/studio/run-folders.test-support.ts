import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { appendMetrics, closeRun, createRun, type OpenRun, openRun, saveCheckpoint } from '@bradley/train';

/** A folder for runs. */
export const runsFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'runs-'));

/** A run in `runs`, opened by this process as the process of a training would open it. */
export async function beginRun(runs: string, id: string, totalSteps = 100): Promise<OpenRun> {
  await createRun(join(runs, id), 'model: tiny\n');
  return openRun(join(runs, id), totalSteps);
}

export async function trainTo(run: OpenRun, from: number, to: number): Promise<void> {
  for (let step = from; step <= to; step++) await appendMetrics(run.metrics, { step, loss: 1 / step });
}

export const checkpoint = (run: OpenRun, step: number) =>
  saveCheckpoint(run, step, { write: async () => undefined, keep: 2 });

/** A finished run of so many steps. */
export async function finishedRun(runs: string, id: string, steps = 3): Promise<void> {
  const run = await beginRun(runs, id, steps);
  await trainTo(run, 1, steps);
  await checkpoint(run, steps);
  await closeRun(run, { status: 'finished' });
}
