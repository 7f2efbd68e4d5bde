import { readdir, rename, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

/** Partial files that this process is filling. */
const active = new Set<string>();
let made = 0;

/** After so many seconds without a write, a partial file of another computer is taken to be left behind. */
const abandonedAfter = 600;

/** A file that is being downloaded: nobody else writes to it. */
export interface PartialFile {
  readonly path: string;
  /** To be called when nothing is written to it any more; the file stays where it is. */
  release(): void;
}

/**
 * A place for the bytes of the blob called `hash`: what an earlier process left behind, taken over by renaming, or a new
 * name. A process writes to names of its own only, so any number of them may download the same blob.
 */
export async function takePartialFile(blobs: string, hash: string): Promise<PartialFile> {
  const path = join(blobs, `${hash}.${hostname()}-${process.pid}.${made++}.incomplete`);
  active.add(path);
  let taken = false;
  for (const left of await leftBehind(blobs, hash)) {
    if (taken) await rm(left, { force: true });
    else taken = await rename(left, path).then(() => true, isGone);
  }
  return { path, release: () => void active.delete(path) };
}

/** The partial files of a blob that no process writes to, the longest first. */
async function leftBehind(blobs: string, hash: string): Promise<string[]> {
  const found: { path: string; size: number }[] = [];
  for (const name of await readdir(blobs)) {
    const [, host, pid] = /^[0-9a-f]+\.(.+)-(\d+)\.\d+\.incomplete$/.exec(name) ?? [];
    if (host === undefined || !name.startsWith(`${hash}.`)) continue;
    const path = join(blobs, name);
    const state = await stat(path).catch(() => null);
    if (state === null) continue; // finished or taken since
    const idle = (Date.now() - state.mtimeMs) / 1000;
    if (host === hostname() ? !isWriting(path, Number(pid)) : idle > abandonedAfter)
      found.push({ path, size: state.size });
  }
  return found.sort((a, b) => b.size - a.size).map(({ path }) => path);
}

/** How many bytes of a blob a download would find already there. */
export async function partialBytes(blobs: string, hash: string): Promise<number> {
  const [longest] = await leftBehind(blobs, hash);
  return longest === undefined ? 0 : ((await stat(longest).catch(() => null))?.size ?? 0);
}

function isWriting(path: string, pid: number): boolean {
  if (pid === process.pid) return active.has(path);
  try {
    process.kill(pid, 0); // only asks
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'; // it is there, of another user
  }
}

const isGone = (error: NodeJS.ErrnoException): boolean => {
  if (error.code !== 'ENOENT') throw error;
  return false;
};
