import type { Trial } from '@bradley/runtime';
import type { RunConfig } from './config/run-config.js';
import {
  type Allocator,
  inspectAllocator,
  inspectDisk,
  inspectMemory,
  inspectProcessor,
  type Memory,
  type Processor,
} from './doctor-machine.js';
import type { Speed } from './doctor-speed.js';
import type { RunNeeds } from './run/needs/run-needs.js';

/** What a run needs in memory at its peak, in bytes. */
export type RunEstimate = Pick<RunNeeds, 'parameters' | 'trainable' | 'largest' | 'peak'>;

/** What this machine has for training, and what to do about what it has not. */
export interface Diagnosis {
  readonly node: string;
  readonly system: string;
  readonly processor: Processor;
  readonly memory: Memory;
  readonly disk: { readonly folder: string; readonly freeBytes: number };
  /** The kernels; null when they do not load, which a finding explains. */
  readonly kernels: { readonly version: string; readonly providers: readonly string[] } | null;
  /** What came of trying every device; empty when the kernels do not load. */
  readonly devices: readonly Trial[];
  readonly allocator: Allocator;
  /** Null when the kernels do not load. */
  readonly speed: Speed | null;
  readonly run: RunEstimate | null;
  readonly findings: readonly Finding[];
}

/** A problem keeps training from working at all; a warning makes it slow or short-lived. */
export interface Finding {
  readonly level: 'problem' | 'warning';
  readonly text: string;
}

const gib = 2 ** 30;

/**
 * Looks at the machine, times its kernels for a second, and says what stands in the way.
 * @param folder where runs are to be written
 * @param run a config, and what estimates the memory it takes
 */
export async function diagnose({
  folder,
  run,
}: {
  folder: string;
  run?: { config: RunConfig; estimate: (config: RunConfig) => Promise<RunEstimate> };
}): Promise<Diagnosis> {
  const kernels = await loadKernels();
  const found = {
    node: process.versions.node,
    system: `${process.platform} ${process.arch}`,
    processor: await inspectProcessor(),
    memory: inspectMemory(),
    disk: await inspectDisk(folder),
    kernels: 'failed' in kernels ? null : kernels,
    devices: 'failed' in kernels ? [] : await tryDevices(),
    allocator: await inspectAllocator(),
    speed: 'failed' in kernels ? null : await (await import('./doctor-speed.js')).measureSpeed(),
    run: run === undefined ? null : await run.estimate(run.config),
  };
  const broken: Finding[] =
    'failed' in kernels ? [{ level: 'problem', text: `onnxruntime-node does not load: ${kernels.failed}` }] : [];
  return { ...found, findings: [...broken, ...findingsOn(found)] };
}

async function loadKernels(): Promise<{ version: string; providers: string[] } | { failed: string }> {
  try {
    return (await import('@bradley/runtime')).kernels();
  } catch (error) {
    return { failed: (error as Error).message.split('\n')[0] ?? '' };
  }
}

/** One at a time, because they are timed. */
async function tryDevices(): Promise<Trial[]> {
  const { deviceNames, tryDeviceApart } = await import('@bradley/runtime');
  const trials: Trial[] = [];
  for (const name of deviceNames) trials.push(await tryDeviceApart(name));
  return trials;
}

/** What is to be said about a machine, the worst first. */
export function findingsOn({
  node,
  system,
  processor: { cores, quota, vectors },
  memory: { totalBytes, limitBytes, availableBytes },
  disk,
  allocator: { glibc, tunables, hugePages },
  run,
}: Omit<Diagnosis, 'findings' | 'kernels' | 'devices' | 'speed'>): Finding[] {
  const [major = 0, minor = 0] = node.split('.').map(Number);
  const memory = limitBytes ?? totalBytes;
  const checks: readonly (readonly [boolean, Finding['level'], string])[] = [
    [major < 20 || (major === 20 && minor < 19), 'problem', `Node is ${node}; Bradley needs 20.19 or later.`],
    [
      run !== null && run.peak > memory,
      'problem',
      `The run needs ${bytes(run?.peak ?? 0)} of memory and there are ${bytes(memory)}. bradley train refuses it, and says what fits.`,
    ],
    [
      run !== null && run.peak <= memory && run.peak > availableBytes,
      'warning',
      `The run needs ${bytes(run?.peak ?? 0)} of memory, of which ${bytes(availableBytes)} are free now. Close other programs.`,
    ],
    [
      system === 'linux x64' && glibc === null,
      'problem',
      'This Linux has no glibc (Alpine?), for which onnxruntime-node is not built. Use one that has, such as Debian.',
    ],
    [disk.freeBytes < 2 * gib, 'warning', `Only ${bytes(disk.freeBytes)} are free on the disk of ${disk.folder}.`],
    [memory < 4 * gib, 'warning', `${bytes(memory)} of memory are enough for small models only.`],
    [
      system.endsWith(' x64') && vectors !== null && !vectors.includes('avx2'),
      'warning',
      'The processor has no AVX2: the kernels run several times slower.',
    ],
    [
      quota !== null && quota < cores,
      'warning',
      `A quota allows ${quota} of the ${cores} cores at a time: set train.threads to ${Math.max(1, Math.floor(quota ?? 1))}.`,
    ],
    [
      tunables?.includes('glibc.malloc.') === true,
      'warning',
      `GLIBC_TUNABLES is set (${tunables}); runs keep these values instead of the ones measured to be fast.`,
    ],
    [
      glibc !== null && hugePages === 'never',
      'warning',
      'Huge pages are off: large results cost more. `echo madvise > /sys/kernel/mm/transparent_hugepage/enabled` as root.',
    ],
    [system !== 'linux x64', 'warning', `Bradley is tested on Linux x64 only; this is ${system}.`],
  ];
  const found = checks.filter(([holds]) => holds).map(([, level, text]) => ({ level, text }));
  return [...found.filter(({ level }) => level === 'problem'), ...found.filter(({ level }) => level === 'warning')];
}

/** "23.4 GiB" */
export const bytes = (n: number): string =>
  n >= gib
    ? `${(n / gib).toFixed(1)} GiB`
    : n >= 2 ** 20
      ? `${Math.round(n / 2 ** 20)} MiB`
      : `${Math.round(n / 2 ** 10)} KiB`;
