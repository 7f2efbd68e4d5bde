import { useCallback, useEffect, useState } from 'react';
import { mayPass } from '../api/request.js';
import { loadRun, runEventsAddress } from '../api/runs.js';
import { emptyLog, type RunLog, readEvent, runEvents } from './run-log.js';

const lookAgainMilliseconds = 3000;

export interface FollowedRun extends RunLog {
  /** Why there is nothing to follow; null while there is, or may be. */
  readonly problem: unknown;
  /** Follows it anew, once it was told to go on. */
  readonly again: () => void;
}

/** Follows a run for as long as the page shows it. */
export function useRunLog(run: string): FollowedRun {
  const [log, setLog] = useState(emptyLog);
  const [problem, setProblem] = useState<unknown>(null);
  const [attempt, setAttempt] = useState(0);
  const again = useCallback(() => setAttempt((before) => before + 1), []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another attempt follows the run anew
  useEffect(() => {
    const source = new EventSource(runEventsAddress(run));
    let timer: ReturnType<typeof setTimeout> | null = null;
    let isFirst = true;
    let isGone = false;
    for (const event of runEvents)
      source.addEventListener(event, ({ data }: MessageEvent<string>) => {
        // What is shown stays until there is something new to show.
        const anew = isFirst;
        isFirst = false;
        setProblem(null);
        setLog((before) => readEvent(anew ? emptyLog : before, event, JSON.parse(data)));
        if (event === 'end') source.close();
      });
    // A lost connection the browser makes again by itself; a refusal it takes as final, and does not tell the reason.
    source.addEventListener('error', async () => {
      if (source.readyState !== EventSource.CLOSED) return;
      const refused: unknown = await loadRun(run).then(
        (state) => setLog((before) => (before.run ? before : { ...before, run: state })),
        (error: unknown) => error,
      );
      if (isGone) return;
      if (refused === undefined || mayPass(refused)) timer = setTimeout(again, lookAgainMilliseconds);
      else setProblem(refused);
    });
    return () => {
      isGone = true;
      source.close();
      if (timer !== null) clearTimeout(timer);
    };
  }, [run, attempt, again]);

  return { ...log, problem, again };
}
