import { useCallback, useEffect, useState } from 'react';
import { runEventsAddress } from '../api/runs.js';
import { emptyLog, type RunLog, readEvent, runEvents } from './run-log.js';

/** Follows a run for as long as the page shows it. `again` follows it anew, such as after it was resumed. */
export function useRunLog(run: string): RunLog & { readonly again: () => void } {
  const [log, setLog] = useState(emptyLog);
  const [attempt, setAttempt] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another attempt follows the run anew
  useEffect(() => {
    setLog(emptyLog);
    const source = new EventSource(runEventsAddress(run));
    for (const event of runEvents)
      source.addEventListener(event, ({ data }: MessageEvent<string>) => {
        setLog((before) => readEvent(before, event, JSON.parse(data)));
        if (event === 'end') source.close();
      });
    return () => source.close();
  }, [run, attempt]);
  return { ...log, again: useCallback(() => setAttempt((before) => before + 1), []) };
}
