import { voteSchema } from '@bradley/arena-contract';
import { z } from 'zod';
import type { Entry } from './queue.js';

/**
 * Answers that the server has not acknowledged, kept in the browser so that closing the page loses none. Each has a key of
 * its own, so that two tabs do not overwrite each other; an answer that both send counts once.
 */
export interface Unsent {
  all(): Entry[];
  keep(entry: Entry): void;
  drop(id: string): void;
}

const entrySchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('vote'), id: z.string(), vote: voteSchema, tried: z.boolean() }),
  z.object({ kind: z.literal('undo'), id: z.string(), token: z.string(), tried: z.boolean() }),
]);

export function unsentIn(storage: Storage, project: string, user: string): Unsent {
  const prefix = `bradley unsent ${user} ${project} `;
  const keys = (): string[] =>
    Array.from({ length: storage.length }, (_, i) => storage.key(i) ?? '').filter((key) => key.startsWith(prefix));
  return {
    all: () =>
      keys()
        .sort()
        .flatMap((key): Entry[] => {
          const entry = entrySchema.safeParse(parse(storage.getItem(key)));
          // Whether it left before the page was closed is not known, so it counts as if it had.
          return entry.success ? [{ ...entry.data, tried: true }] : [];
        }),
    keep: (entry) => storage.setItem(prefix + entry.id, JSON.stringify(entry)),
    drop: (id) => storage.removeItem(prefix + id),
  };
}

function parse(text: string | null): unknown {
  try {
    return JSON.parse(text ?? 'null');
  } catch {
    return null;
  }
}

let count = 0;
/** Ids that sort in the order in which they were made, also across reloads. */
export const entryId = (): string =>
  `${Date.now().toString(36).padStart(9, '0')}-${(count++).toString(36).padStart(6, '0')}-${Math.random().toString(36).slice(2, 8)}`;
