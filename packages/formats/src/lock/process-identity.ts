import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';

/** What tells one process from every other, also from a later one that was given the same pid. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly host: string;
  /** Boot and start time as the kernel counts them, or null where there is no /proc: there only the pid is compared. */
  readonly started: string | null;
}

/** The identity of a process of this computer, or null when there is none with this pid. */
export async function identifyProcess(pid: number): Promise<ProcessIdentity | null> {
  if (process.platform !== 'linux') return answersSignals(pid) ? { pid, host: hostname(), started: null } : null;
  const started = await startTime(pid);
  return started === null ? null : { pid, host: hostname(), started };
}

/** Whether the process still runs; 'unknown' for one of another computer, which cannot be asked. */
export async function isAlive(identity: ProcessIdentity): Promise<boolean | 'unknown'> {
  if (identity.host !== hostname()) return 'unknown';
  const now = await identifyProcess(identity.pid);
  return now !== null && now.started === identity.started;
}

/**
 * Field 22 of /proc/<pid>/stat (proc(5): start in clock ticks since boot), with the id of the boot. The process name in
 * field 2 may hold spaces and brackets, so fields are counted from its last closing bracket. A zombie has ended.
 */
async function startTime(pid: number): Promise<string | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  if (stat === null) return null;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' '); // from field 3, the state
  if (fields[0] === 'Z' || fields[0] === 'X') return null;
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
  return `${boot.trim()}/${fields[19]}`;
}

function answersSignals(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'; // somebody else's process
  }
}
