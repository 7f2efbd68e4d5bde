import { useCallback, useEffect, useRef, useState } from 'react';

/** What is being loaded, was loaded, or could not be. While it is loaded again, what was there stays. */
export type Loaded<T> =
  | { readonly state: 'loading'; readonly value: null }
  | { readonly state: 'ready'; readonly value: T }
  | { readonly state: 'failed'; readonly value: null; readonly problem: Error };

/**
 * Loads what a page shows, again whenever `key` changes or `reload` is called, and every `every` milliseconds where that is given.
 * An answer that comes after a later question is dropped.
 */
export function useLoaded<T>(
  key: string,
  load: () => Promise<T>,
  every: number | null = null,
): Loaded<T> & { readonly reload: () => Promise<void> } {
  const [loaded, setLoaded] = useState<Loaded<T> & { key: string }>({ state: 'loading', value: null, key });
  const latest = useRef(0);
  const ask = useRef(load);
  ask.current = load;

  const reload = useCallback(async () => {
    const mine = ++latest.current;
    const outcome = await ask.current().then(
      (value): Loaded<T> => ({ state: 'ready', value }),
      (problem: Error): Loaded<T> => ({ state: 'failed', value: null, problem }),
    );
    if (mine !== latest.current) return;
    setLoaded((before) =>
      outcome.state === 'failed' && before.state === 'ready' && before.key === key ? before : { ...outcome, key },
    );
  }, [key]);

  useEffect(() => {
    void reload();
    const timer = every === null ? null : setInterval(() => void reload(), every);
    return () => {
      latest.current++;
      if (timer !== null) clearInterval(timer);
    };
  }, [reload, every]);

  const current: Loaded<T> = loaded.key === key ? loaded : { state: 'loading', value: null };
  return { ...current, reload };
}
