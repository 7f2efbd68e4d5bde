import type { Graph } from '@bradley/graph';
import { type Feeds, type HostTensor, openSession, type Session, type SessionOptions } from '@bradley/runtime';

export interface BatchOptions extends SessionOptions {
  /** The most rows of one run, rounded down to a power of two. Default 16. */
  readonly batch?: number;
}

/** One row of each input of a graph. */
export type Row = Readonly<Record<string, Float32Array | BigInt64Array>>;

export interface BatchedSession {
  /** One result a row, in their order. Blocks the event loop for a batch at a time. */
  run(rows: readonly Row[]): Promise<Float32Array[]>;
  release(): Promise<void>;
}

/**
 * A network that takes rows by the batch. A graph's shapes are fixed, so there is one for every power of two up to `batch`, compiled when
 * it is first needed: n rows run as the powers of two that add up to n, and none is padding. Mapped weights are shared by all of them.
 *
 * @param build the graph for that many rows: every input, and its one output, has the rows on axis 0
 */
export function batchedSession(
  build: (batch: number) => Graph,
  { batch = 16, ...options }: BatchOptions = {},
): BatchedSession {
  if (!Number.isInteger(batch) || batch < 1)
    throw new RangeError(`a batch of ${batch} rows: it must be a whole number from 1`);
  const sessions = new Map<number, Promise<Session>>();
  const sessionOf = (rows: number): Promise<Session> => {
    const before = sessions.get(rows);
    if (before) return before;
    const opened = openSession(build(rows), options);
    sessions.set(rows, opened);
    opened.catch(() => sessions.delete(rows)); // the caller gets the error, and may try again
    return opened;
  };
  return {
    async run(rows) {
      const results: Float32Array[] = [];
      for (let at = 0; at < rows.length; ) {
        const count = 2 ** Math.floor(Math.log2(Math.min(batch, rows.length - at)));
        const session = await sessionOf(count);
        const [output] = Object.values(await session.run(joined(rows.slice(at, at + count)))) as [HostTensor];
        const data = output.data as Float32Array;
        for (let i = 0; i < count; i++)
          results.push(data.slice((i * data.length) / count, ((i + 1) * data.length) / count));
        at += count;
      }
      return results;
    },
    async release() {
      await Promise.all([...sessions.values()].map(async (session) => (await session).release()));
      sessions.clear();
    },
  };
}

/** Rows one after the other: the feeds of a batch. */
function joined(rows: readonly Row[]): Feeds {
  const names = Object.keys(rows[0] as Row);
  return Object.fromEntries(
    names.map((name) => {
      const parts = rows.map((row) => row[name] as Float32Array | BigInt64Array);
      const width = (parts[0] as Float32Array).length;
      if (parts.some(({ length }) => length !== width))
        throw new RangeError(
          `'${name}': rows of ${[...new Set(parts.map(({ length }) => length))].join(' and ')} numbers cannot be one batch`,
        );
      if (parts.length === 1) return [name, parts[0] as Float32Array];
      const whole =
        parts[0] instanceof BigInt64Array
          ? new BigInt64Array(width * parts.length)
          : new Float32Array(width * parts.length);
      for (const [i, part] of parts.entries()) (whole as Float32Array).set(part as Float32Array, i * width);
      return [name, whole];
    }),
  );
}
