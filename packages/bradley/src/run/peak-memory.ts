import { readFile } from 'node:fs/promises';

/** High-water mark of a process's resident memory in bytes, mapped files included; null where the system does not say. */
export async function peakMemory(pid: number | 'self' = 'self'): Promise<number | null> {
  try {
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
    return kibibytes === undefined ? null : Number(kibibytes) * 1024;
  } catch {
    return pid === 'self' ? process.resourceUsage().maxRSS * 1024 : null;
  }
}
