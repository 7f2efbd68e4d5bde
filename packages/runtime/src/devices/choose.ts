import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type DeviceName, deviceNames, whyMissing } from './table.js';
import type { Trial } from './trial.js';
import { unavailable } from './unavailable.js';

/** A device that was chosen, and why. */
export interface ChosenDevice {
  readonly device: DeviceName;
  readonly why: string;
}

/**
 * Tries a device in a process of its own, where a driver may crash or write what it likes. One that is seen to be missing is not
 * tried.
 */
export async function tryDeviceApart(device: DeviceName): Promise<Trial> {
  const failed = (reason: string): Trial => ({ device, reason, error: null, speed: null });
  const missing = whyMissing(device);
  if (missing !== null) return failed(missing);
  const run = promisify(execFile)(process.execPath, [trialProcess, device], { timeout: 120_000 });
  return run.then(
    ({ stdout }) => JSON.parse(stdout) as Trial,
    ({ killed, signal, code }: { killed?: boolean; signal?: string; code?: number }) =>
      failed(
        killed ? 'a small computation took longer than two minutes' : `trying it ended the process (${signal ?? code})`,
      ),
  );
}

/** Tests run from the sources, processes from what is built of them. */
const trialProcess = fileURLToPath(
  new URL(
    import.meta.url.endsWith('.ts') ? '../../dist/devices/trial-process.js' : './trial-process.js',
    import.meta.url,
  ),
);

/**
 * The device that is asked for, once it has computed right numbers. `auto` is the fastest at a matrix product of those that
 * have, the CPU among them: no device is taken because it is there, and the reason names all of them.
 *
 * @throws DeviceError when the one that is asked for cannot be used
 */
export async function chooseDevice(wanted: DeviceName | 'auto'): Promise<ChosenDevice> {
  if (wanted === 'cpu') return { device: 'cpu', why: 'asked for' };
  if (wanted !== 'auto') {
    const { reason } = await tryDeviceApart(wanted);
    if (reason !== null) throw unavailable(wanted, reason);
    return { device: wanted, why: 'asked for' };
  }
  const trials: Trial[] = [];
  for (const device of deviceNames) trials.push(await tryDeviceApart(device)); // one at a time: they are timed
  return fastest(trials);
}

/** What `auto` makes of the trials of all devices. */
export function fastest(trials: readonly Trial[]): ChosenDevice {
  const usable = trials.filter(({ reason }) => reason === null);
  const best = usable.reduce<Trial | null>((a, b) => (a && (a.speed ?? 0) >= (b.speed ?? 0) ? a : b), null);
  const device = best?.device ?? 'cpu';
  const of = ({ device, reason, speed }: Trial): string =>
    `${device} ${reason === null ? `${Number((speed ?? 0).toPrecision(3))} GFLOP/s` : `cannot be used: ${reason}`}`;
  return { device, why: `the fastest that computes right numbers (${trials.map(of).join('; ')})` };
}
