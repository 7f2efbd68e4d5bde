/** Where choices wait when the product is closed before they were sent. Either may be asynchronous, and may fail. */
export interface CollectorStorage {
  load(): string | null | Promise<string | null>;
  /** Called one at a time, with the whole of what waits. */
  save(text: string): void | Promise<void>;
}

/** localStorage, where there is one. Each page has an entry of its own, and takes over those of pages before it. */
export function browserStorage(name: string): CollectorStorage | null {
  const storage = (() => {
    try {
      return globalThis.localStorage ?? null;
    } catch {
      return null; // forbidden by the browser's settings
    }
  })();
  if (storage === null || typeof document === 'undefined') return null;
  const own = `${name} ${crypto.randomUUID()}`;
  return {
    load() {
      const names = Array.from({ length: storage.length }, (_, i) => storage.key(i) ?? '').filter((key) =>
        key.startsWith(`${name} `),
      );
      const found = names.flatMap((key) => JSON.parse(storage.getItem(key) ?? '[]') as unknown[]);
      for (const key of names) storage.removeItem(key);
      return JSON.stringify(found);
    },
    save(text) {
      if (text === '[]') storage.removeItem(own);
      else storage.setItem(own, text);
    },
  };
}
