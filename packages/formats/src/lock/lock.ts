import { randomUUID } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { z } from 'zod';
import { writeFileAtomic } from '../atomic-file.js';
import { createExclusive } from './exclusive-file.js';
import { identifyProcess, isAlive } from './process-identity.js';

const holderSchema = z.object({
  id: z.string().describe('one per time a lock is taken'),
  pid: z.int().positive(),
  host: z.string(),
  started: z.string().nullable(),
  at: z.string().describe('when the lock was taken, ISO 8601'),
});

export type LockHolder = z.infer<typeof holderSchema>;

export interface Lock {
  readonly path: string;
  readonly holder: LockHolder;
}

/** Another process holds the lock: callers offer to attach to its run instead. */
export class LockedError extends Error {
  override readonly name = 'LockedError';
  constructor(
    message: string,
    readonly holder: LockHolder,
  ) {
    super(message);
  }
}

/**
 * Takes the lock file at `path` for this process. A lock whose process has ended is taken over.
 * @throws LockedError when its holder runs, or is on another computer and cannot be asked
 */
export async function acquireLock(path: string): Promise<Lock> {
  const me = await identifyProcess(process.pid);
  if (me === null) throw new Error(`${path}: this process (${process.pid}) cannot be found in /proc. Is it mounted?`);
  const lock = { path, holder: { id: randomUUID(), ...me, at: new Date().toISOString() } };
  const text = `${JSON.stringify(lock.holder, null, 2)}\n`;
  for (;;) {
    if (await createExclusive(path, text)) return lock;
    const found = await readLock(path);
    if (found === null) continue; // released since
    await refuseIfHeld(path, found);
    // Of all that find the same dead holder, one at a time may replace it; the next then finds another holder.
    const turn = await acquireLock(`${path}.${found.id}`);
    try {
      if ((await readLock(path))?.id === found.id) {
        await writeFileAtomic(path, text);
        return lock;
      }
    } finally {
      await releaseLock(turn);
    }
  }
}

/** Gives the lock back. Nothing happens when it is no longer ours. */
export async function releaseLock(lock: Lock): Promise<void> {
  if ((await readLock(lock.path))?.id === lock.holder.id) await rm(lock.path, { force: true });
}

/** Who holds, or held, the lock at `path`; null when nobody does. */
export async function readLock(path: string): Promise<LockHolder | null> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (text === null) return null;
  try {
    return holderSchema.parse(JSON.parse(text));
  } catch {
    throw new Error(`${path}: not a lock file of ours. If nothing uses the folder, delete this file.`);
  }
}

async function refuseIfHeld(path: string, holder: LockHolder): Promise<void> {
  const alive = await isAlive(holder);
  if (alive === false) return;
  const who = `process ${holder.pid} on ${holder.host}, since ${holder.at}`;
  throw new LockedError(
    alive === true
      ? `${path}: held by ${who}. Stop that one first, or wait for it.`
      : `${path}: held by ${who}. That is another computer (or container), which cannot be asked from here: ` +
          'if the process has ended, delete this file.',
    holder,
  );
}
