import type { Choice } from './choice.js';
import type { Storage } from './storage.js';

/** A choice that waits for the server's answer. */
export interface Entry {
  readonly name: string;
  readonly choice: Choice;
  readonly text: string;
  readonly bytes: number;
  /** Settles when the storage has it, or has failed to. */
  readonly kept: Promise<void>;
}

/** Choices that are sent in one request, always the same ones under the same key. */
export interface Batch {
  readonly key: string;
  readonly entries: readonly Entry[];
}

/** Requests that outlive their page carry 64 KiB together: one that is under way, and one more when the page is left. */
export const mostBytes = 30_000;

export const randomId = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');

export const bytesOf = (entries: readonly Entry[]): number => entries.reduce((sum, { bytes }) => sum + bytes + 1, 0);

const batchOf = (entries: readonly Entry[]): Batch => ({ key: randomId(), entries });

/** Choices on their way: fresh ones, and batches that failed and are to be sent again as they were. */
export function openOutbox(storage: Storage, atOnce: number, onStorageError: (error: unknown) => void) {
  const fresh: Entry[] = [];
  const failed: Batch[] = [];
  const mine = new Set<string>();
  let made = 0;

  const wait = (name: string, choice: Choice, text: string, kept: Promise<void>): void => {
    mine.add(name);
    fresh.push({ name, choice, text, bytes: new TextEncoder().encode(text).length, kept });
  };

  return {
    /** How many wait or are under way. */
    size: () => mine.size,
    freshCount: () => fresh.length,
    add(choice: Choice): void {
      const text = JSON.stringify(choice);
      const place = Date.now().toString(36).padStart(9, '0') + (made++).toString(36).padStart(6, '0');
      const name = `${place}-${randomId()}`;
      wait(name, choice, text, (async () => storage.keep(name, text))().catch(onStorageError));
    },
    /** Adds what another page or process left, the oldest first. */
    async load(): Promise<void> {
      const found = await (async () => storage.load())().catch(onStorageError);
      for (const [name, text] of [...(found ?? [])].sort(([a], [b]) => (a < b ? -1 : 1)))
        try {
          if (!mine.has(name)) wait(name, JSON.parse(text) as Choice, text, Promise.resolve());
        } catch {
          onStorageError(new Error(`${name} in the storage is no choice: ${text.slice(0, 80)}`));
        }
    },
    /** Fresh ones first: a batch that the server cannot take does not hold up the others. */
    take(): Batch | undefined {
      let count = Math.min(atOnce, fresh.length);
      while (count > 1 && bytesOf(fresh.slice(0, count)) > mostBytes) count--;
      return count > 0 ? batchOf(fresh.splice(0, count)) : failed.shift();
    },
    again: (batch: Batch): void => void failed.push(batch),
    /** So that what cannot be taken is found, and the rest is. */
    halve({ entries }: Batch): void {
      const half = entries.length >> 1;
      failed.unshift(batchOf(entries.slice(0, half)), batchOf(entries.slice(half)));
    },
    async done({ entries }: Batch): Promise<void> {
      for (const { name } of entries) mine.delete(name);
      await Promise.all(entries.map(({ name, kept }) => kept.then(() => storage.remove(name)).catch(onStorageError)));
    },
    /** Resolves when all that waits is in the storage. */
    kept: () => Promise.all([...fresh, ...failed.flatMap(({ entries }) => entries)].map(({ kept }) => kept)),
  };
}
