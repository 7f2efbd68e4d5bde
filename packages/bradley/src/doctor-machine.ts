import { readFile, statfs } from 'node:fs/promises';
import { availableParallelism, cpus, freemem, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { glibcVersion } from '@bradley/train';

export interface Processor {
  readonly model: string;
  /** Cores this process may be scheduled on, and how many a container's quota lets it use at a time (null: no quota). */
  readonly cores: number;
  readonly quota: number | null;
  /** The vector instructions that matter to the kernels; null where the system does not tell. */
  readonly vectors: readonly string[] | null;
}

export interface Memory {
  readonly totalBytes: number;
  /** What a container is limited to; null where nothing is. */
  readonly limitBytes: number | null;
  readonly availableBytes: number;
}

export interface Allocator {
  /** Null on musl and outside Linux. */
  readonly glibc: string | null;
  /** What the environment sets of it already. */
  readonly tunables: string | null;
  /** 'always', 'madvise' or 'never'; null where the system does not tell. */
  readonly hugePages: string | null;
}

const vectorNames = ['avx', 'avx2', 'fma', 'f16c', 'avx512f', 'avx512_vnni', 'avx512_bf16', 'amx_tile', 'asimd', 'sve'];

export async function inspectProcessor(): Promise<Processor> {
  const info = await readText('/proc/cpuinfo');
  const flags = new Set(
    /^(?:flags|Features)\s*:(.*)$/m
      .exec(info ?? '')?.[1]
      ?.trim()
      .split(/\s+/),
  );
  return {
    model: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    quota: await coreQuota(),
    vectors: flags.size === 0 ? null : vectorNames.filter((name) => flags.has(name)),
  };
}

export function inspectMemory(): Memory {
  const limit = process.constrainedMemory(); // 0 or a huge number where there is none
  return {
    totalBytes: totalmem(),
    limitBytes: limit !== undefined && limit > 0 && limit < totalmem() ? limit : null,
    availableBytes: freemem(),
  };
}

/** Free space for a folder that need not exist yet: the nearest one above it that does. */
export async function inspectDisk(folder: string): Promise<{ folder: string; freeBytes: number }> {
  for (let path = resolve(folder); ; path = join(path, '..')) {
    const stats = await statfs(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' && path !== join(path, '..')) return null;
      throw error;
    });
    if (stats !== null) return { folder: path, freeBytes: stats.bavail * stats.bsize };
  }
}

export async function inspectAllocator(): Promise<Allocator> {
  const enabled = await readText('/sys/kernel/mm/transparent_hugepage/enabled');
  return {
    glibc: glibcVersion(),
    tunables: process.env.GLIBC_TUNABLES ?? null,
    hugePages: /\[(\w+)\]/.exec(enabled ?? '')?.[1] ?? null,
  };
}

/** Cores that cgroup version 2 or 1 grants: cpu.max holds "quota period" in microseconds. */
async function coreQuota(): Promise<number | null> {
  const group = /^0::(.*)$/m.exec((await readText('/proc/self/cgroup')) ?? '')?.[1] ?? '/';
  const root = '/sys/fs/cgroup';
  const max = (await readText(join(root, group, 'cpu.max'))) ?? (await readText(join(root, 'cpu.max')));
  const [quota, period] = max?.trim().split(' ') ?? [
    await readText(join(root, 'cpu/cpu.cfs_quota_us')),
    await readText(join(root, 'cpu/cpu.cfs_period_us')),
  ];
  const cores = Number(quota) / Number(period);
  return Number.isFinite(cores) && cores > 0 ? cores : null;
}

const readText = (path: string): Promise<string | null> => readFile(path, 'utf8').catch(() => null);
