import { readFileSync } from 'node:fs';

/** CPU time so far in clock ticks: the whole machine's, and that of this process and its children. */
export interface CpuTime {
  readonly machine: number;
  readonly own: number;
  readonly atMilliseconds: number;
}

/** Linux only; null elsewhere. `children` are running children: those that ended are counted with this process. */
export function cpuTime(children: readonly number[]): CpuTime | null {
  if (process.platform !== 'linux') return null;
  const own = children.reduce((sum, pid) => sum + ticks(`/proc/${pid}/stat`), ticks('/proc/self/stat'));
  return { machine: busyTicks(readFileSync('/proc/stat', 'utf8')), own, atMilliseconds: performance.now() };
}

/** Cores that programs other than ours kept busy between two readings. */
export function othersCores(from: CpuTime | null, to: CpuTime | null): number | null {
  if (!from || !to) return null;
  const ticksPerSecond = 100; // USER_HZ, the same on every Linux that Node supports
  const seconds = (to.atMilliseconds - from.atMilliseconds) / 1000;
  return Math.max(0, (to.machine - from.machine - (to.own - from.own)) / ticksPerSecond / seconds);
}

/** The first line of /proc/stat: user nice system idle iowait irq softirq steal. */
function busyTicks(stat: string): number {
  const [user, nice, system, , , irq, softirq, steal] = (stat.split('\n')[0] as string)
    .split(/\s+/)
    .slice(1)
    .map(Number);
  return [user, nice, system, irq, softirq, steal].reduce<number>((sum, n) => sum + (n ?? 0), 0);
}

/** utime + stime + cutime + cstime of a /proc/PID/stat, whose second field is a name in brackets that may hold spaces. */
function ticks(path: string): number {
  const stat = readFileSync(path, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields.slice(11, 15).reduce((sum, n) => sum + Number(n), 0);
}
