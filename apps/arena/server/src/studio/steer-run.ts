import { askRun, hasEnded, observeRun } from '@bradley/train';
import { Refusal } from '../refusal.js';
import type { RunService } from '../services.js';

export type RunAction = 'pause' | 'continue' | 'stop' | 'resume';

/** What each action asks of a running process; `resume` starts one. */
const asked = {
  pause: { pause: true, stop: false },
  continue: { pause: false, stop: false },
  stop: { pause: false, stop: true },
} as const;

/** Steers a run by its folder. Refuses what has no sense in its state, naming that. */
export async function steerRun(
  folder: string,
  id: string,
  action: RunAction,
  runs: Pick<RunService, 'resume'>,
): Promise<void> {
  const state = await observeRun(folder);
  const status = state?.status ?? 'new';
  const ended = state === null || hasEnded(state);
  const conflict = (why: string) => new Refusal(409, 'not-now', `The run ${id} ${why} (it is ${status}).`);
  if (action !== 'resume') {
    if (ended) throw conflict(`cannot ${action}: nothing of it is running. Resume it first`);
    return askRun(folder, asked[action]);
  }
  if (!ended) throw conflict(`runs already${status === 'paused' ? ': continue it' : ''}`);
  if (status === 'finished') throw conflict('cannot be resumed: it did all its steps');
  await runs.resume(id).catch((error: Error) => {
    throw new Refusal(409, 'not-resumed', error.message);
  });
}
