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

/** The browser's localStorage, under keys of its own. */
export function browserStorage(prefix = 'bradley-collector/', items: globalThis.Storage = localStorage): Storage {
  return {
    load: () =>
      Array.from({ length: items.length }, (_, i) => items.key(i) ?? '')
        .filter((key) => key.startsWith(prefix))
        .map((key) => [key.slice(prefix.length), items.getItem(key) ?? '']),
    keep: (name, text) => items.setItem(prefix + name, text),
    remove: (name) => items.removeItem(prefix + name),
  };
}

/** What there is: in a browser that allows it localStorage, else memory. */
export function defaultStorage(): Storage {
  try {
    // Some browsers throw at the mere look at it; Node has one of its own, which is not meant.
    return typeof document === 'undefined' ? memoryStorage() : browserStorage();
  } catch {
    return memoryStorage();
  }
}
