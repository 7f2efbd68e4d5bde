import { readFile } from 'node:fs/promises';
import { freemem, totalmem } from 'node:os';
import { join } from 'node:path';

/** How much memory a new process may take. */
export interface AvailableMemory {
  readonly bytes: number;
  /** What it is bounded by, in words. */
  readonly by: string;
}

/**
 * What is available here: what the system says (free memory and the file pages that it can drop), or what the limit of a container or of
 * one around it leaves, with the file pages that it holds counted as free.
 *
 * @param root of /proc and /sys
 */
export async function availableMemory(root = '/'): Promise<AvailableMemory> {
  const bounds = [await ofMachine(root), ...(await ofGroups(root)), ...(await ofGroupVersion1(root))];
  return bounds.reduce((least, bound) => (bound.bytes < least.bytes ? bound : least));
}

async function ofMachine(root: string): Promise<AvailableMemory> {
  const kibibytes = /^MemAvailable:\s+(\d+) kB$/m.exec((await text(join(root, 'proc/meminfo'))) ?? '')?.[1];
  if (kibibytes !== undefined) return { bytes: 1024 * Number(kibibytes), by: 'free memory and pages of files' };
  return { bytes: Math.min(freemem(), totalmem()), by: 'free memory' };
}

/** Control groups, version 2: the own one and those above it may each have a limit. */
async function ofGroups(root: string): Promise<AvailableMemory[]> {
  const own = /^0::(.*)$/m.exec((await text(join(root, 'proc/self/cgroup'))) ?? '')?.[1] ?? '/';
  const names = own.split('/').filter((name) => name !== '');
  const folders = names.map((_, i) => join(root, 'sys/fs/cgroup', ...names.slice(0, i + 1)));
  const found = [join(root, 'sys/fs/cgroup'), ...folders].map((folder) =>
    limitOf(folder, { limit: 'memory.max', used: 'memory.current', files: /^(?:in)?active_file (\d+)$/gm }),
  );
  return (await Promise.all(found)).filter((bound) => bound !== null);
}

async function ofGroupVersion1(root: string): Promise<AvailableMemory[]> {
  const names = {
    limit: 'memory.limit_in_bytes',
    used: 'memory.usage_in_bytes',
    files: /^total_(?:in)?active_file (\d+)$/gm,
  };
  const bound = await limitOf(join(root, 'sys/fs/cgroup/memory'), names);
  return bound && bound.bytes < totalmem() ? [bound] : []; // no limit is a huge number
}

async function limitOf(
  folder: string,
  names: { readonly limit: string; readonly used: string; readonly files: RegExp },
): Promise<AvailableMemory | null> {
  const limit = Number((await text(join(folder, names.limit))) ?? 'none'); // 'max' is no limit
  const used = Number((await text(join(folder, names.used))) ?? 'none');
  if (Number.isNaN(limit) || Number.isNaN(used)) return null;
  const statistics = (await text(join(folder, 'memory.stat'))) ?? '';
  const files = [...statistics.matchAll(names.files)].reduce((total, [, bytes]) => total + Number(bytes), 0);
  return { bytes: Math.max(0, limit - used + files), by: `the limit of ${folder}` };
}

const text = (path: string): Promise<string | null> => readFile(path, 'utf8').catch(() => null);
