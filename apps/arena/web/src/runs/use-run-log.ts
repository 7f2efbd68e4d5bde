import { useCallback, useEffect, useRef, useState } from 'react';
import { runEventsAddress } from '../api/runs.js';
import { emptyLog, type RunLog, readEvent, runEvents } from './run-log.js';

/** A run that was told to go on needs a moment until it does: an end that is said before that is the old one. */
const startingMilliseconds = 20_000;
const lookAgainMilliseconds = 800;

/** Follows a run for as long as the page shows it. `again` follows it anew, once it was told to go on. */
export function useRunLog(run: string): RunLog & { readonly again: () => void } {
  const [log, setLog] = useState(emptyLog);
  const [attempt, setAttempt] = useState(0);
  const startingUntil = useRef(0);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another attempt follows the run anew
  useEffect(() => {
    const source = new EventSource(runEventsAddress(run));
    let timer: ReturnType<typeof setTimeout> | null = null;
    let isFirst = true;
    for (const event of runEvents)
      source.addEventListener(event, ({ data }: MessageEvent<string>) => {
        // What is shown stays until there is something new to show.
        const anew = isFirst;
        isFirst = false;
        setLog((before) => readEvent(anew ? emptyLog : before, event, JSON.parse(data)));
        if (event !== 'end') return;
        source.close();
        if (Date.now() < startingUntil.current)
          timer = setTimeout(() => setAttempt((before) => before + 1), lookAgainMilliseconds);
      });
    return () => {
      source.close();
      if (timer !== null) clearTimeout(timer);
    };
  }, [run, attempt]);

  const again = useCallback(() => {
    startingUntil.current = Date.now() + startingMilliseconds;
    setAttempt((before) => before + 1);
  }, []);
  return { ...log, again };
}
