import { type DeviceName, devices } from './table.js';

/** A device that was asked for and is not there. */
export class DeviceError extends Error {
  override readonly name = 'DeviceError';
  /** What came of trying it, in a few words. */
  readonly reason: string;

  constructor(message: string, reason: string) {
    super(message);
    this.reason = reason;
  }
}

/** Says what was tried, what came of it, and how to get the device. */
export function unavailable(name: DeviceName, reason: string): DeviceError {
  return new DeviceError(
    `device ${name} (${devices[name].title}) cannot be used here: ${reason}. ${devices[name].advice} ` +
      'Or use --device cpu, which is everywhere. `bradley doctor` lists the devices of this machine.',
    reason,
  );
}

/**
 * What ONNX Runtime says of a device it cannot start, without the source locations and the template names of its checks.
 * Null for an error that is not about the device.
 */
export function startFailure(message: string): string | null {
  const known: readonly (readonly [RegExp, (found: RegExpExecArray) => string])[] = [
    [/Failed to get a WebGPU (?:adapter|device): ([^\n]*)/, ([, why]) => `WebGPU finds no adapter (${why?.trim()})`],
    [/Failed to load shared library/, () => "ONNX Runtime cannot load the provider's library or what it depends on"],
    [/\[\w+\] backend not found/, () => 'this build of ONNX Runtime does not have it'],
    [/CUDA failure \d+: ([^;\n]*)/, ([, why]) => `CUDA says: ${why?.trim()}`],
  ];
  for (const [pattern, say] of known) {
    const found = pattern.exec(message);
    if (found) return say(found);
  }
  return null;
}
