import type { DeviceName } from '@bradley/runtime';
import type { RunConfig } from '../config/run-config.js';

/** What a run's config says of the sessions that it opens. */
export function deviceOptions({ device, threads }: RunConfig['train']): { device: DeviceName; threads?: number } {
  if (device === 'auto')
    throw new Error("train.device: 'auto' is resolved when a run is started, and its run.yaml names one");
  return { device, ...(threads ? { threads } : {}) };
}
