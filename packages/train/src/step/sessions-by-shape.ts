import type { Session } from '@bradley/runtime';

/** The sessions of a step for batches of several shapes, opened when they are first needed. */
export interface SessionsByShape {
  of(shape: number): Promise<Session>;
  suspend(): Promise<void>;
  release(): Promise<void>;
}

/** Only the `loaded` sessions that were used last hold memory: before another is used, the one that rested longest is suspended. */
export function sessionsByShape(open: (shape: number) => Promise<Session>, loaded: number): SessionsByShape {
  const known = new Map<number, Session>();
  const recent: number[] = []; // shapes whose session holds memory, the one used last at the end
  return {
    async of(shape) {
      if (recent.includes(shape)) recent.splice(recent.indexOf(shape), 1);
      while (recent.length >= loaded) await known.get(recent.shift() as number)?.suspend();
      const session = known.get(shape) ?? (await open(shape));
      known.set(shape, session);
      recent.push(shape);
      return session;
    },
    async suspend() {
      for (const shape of recent.splice(0)) await known.get(shape)?.suspend();
    },
    async release() {
      for (const session of known.values()) await session.release();
      known.clear();
      recent.splice(0);
    },
  };
}
