import type { ScorerOptions } from '@bradley/evaluate';
import type { DeviceName } from '@bradley/runtime';
import { downloadLine } from './fetch-model.js';
import type { Out } from './output.js';
import { progressMeter } from './progress.js';

interface ScorerFlags {
  readonly device?: DeviceName | undefined;
  readonly offline: boolean;
  readonly threads?: number | undefined;
  readonly batch?: number | undefined;
  readonly signal?: AbortSignal;
}

/** How a command opens scorers: it passes on what they note, and shows what is fetched for them, and how fast. */
export function scorerOptions({ device, offline, threads, batch, signal }: ScorerFlags, out: Out): ScorerOptions {
  const meters = new Map<string, ReturnType<typeof progressMeter>>();
  return {
    ...(device ? { device } : {}),
    ...(signal ? { signal } : {}),
    ...(offline ? { offline } : {}), // else HF_HUB_OFFLINE decides
    ...(threads ? { threads } : {}),
    ...(batch ? { batch } : {}),
    onNote: (text) => out.note(text),
    onDownload({ file, doneBytes, totalBytes }) {
      const meter = meters.get(file) ?? progressMeter();
      meters.set(file, meter);
      meter.see({ step: doneBytes }, totalBytes, performance.now());
      out.status(downloadLine(file, meter.progress()));
    },
  };
}
