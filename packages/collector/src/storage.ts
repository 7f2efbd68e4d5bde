/**
 * Where choices wait that the server has not answered for, so that the next page or process sends them. Each has a name of its own:
 * several tabs, or processes, may share a storage, and what two of them send counts once.
 */
export interface Storage {
  /** All that waits, as `keep` was given it. */
  load(): Kept[] | Promise<Kept[]>;
  keep(name: string, text: string): void | Promise<void>;
  remove(name: string): void | Promise<void>;
}

export type Kept = readonly [name: string, text: string];

/** For as long as the page or the process lives. */
export const memoryStorage = (): Storage => ({ load: () => [], keep: () => {}, remove: () => {} });

/** The browser's localStorage, under names that begin alike. Throws where the browser forbids it. */
export function browserStorage(prefix: string, items: globalThis.Storage = localStorage): Storage {
  return {
    load: () =>
      Array.from({ length: items.length }, (_, i) => items.key(i) ?? '')
        .filter((key) => key.startsWith(prefix))
        .map((key) => [key.slice(prefix.length), items.getItem(key) ?? '']),
    keep: (name, text) => items.setItem(prefix + name, text),
    remove: (name) => items.removeItem(prefix + name),
  };
}

/**
 * In a browser that allows it localStorage, else memory. What waits is for the project of one key, so each has names of its own; what
 * waited under a key that was replaced is not found again.
 */
export function defaultStorage(url: string, key: string): Storage {
  try {
    // Some browsers throw at the mere look at it; Node may have one too, which is not meant.
    if (typeof document !== 'undefined') return browserStorage(`bradley-collector/${url}/${key.slice(0, 14)}/`);
  } catch {}
  return memoryStorage();
}
