import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

/** One unit of work, finished when the promise resolves, and its loss if it has one. */
export type Unit = () => Promise<number | null>;

/** Our side of the line protocol: see `line-process.ts`. */
export async function serve(
  unit: Unit,
  ready: Readonly<Record<string, unknown>>,
  { input, output }: { input: NodeJS.ReadableStream; output: NodeJS.WritableStream } = {
    input: process.stdin,
    output: process.stdout,
  },
): Promise<void> {
  const say = (fields: object) => output.write(`${JSON.stringify(fields)}\n`);
  say({ ready: true, ...ready });
  for await (const _ of createInterface({ input })) {
    const began = performance.now();
    const loss = await unit();
    say({ seconds: (performance.now() - began) / 1000, loss });
  }
  say({ peak_mb: peakMb() });
}

/** High-water mark of this process's resident memory in MiB, mapped files included. */
export function peakMb(): number {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS / 1024;
  const line = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'));
  return Number(line?.[1]) / 1024;
}
