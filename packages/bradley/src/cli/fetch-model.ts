import { type DownloadProgress, type ResolvedModel, type ResolveOptions, resolveModel } from '@bradley/formats';
import { bytes } from '../doctor.js';
import type { Out } from './output.js';
import { duration, type Progress, progressMeter } from './progress.js';

const liveMilliseconds = 100;
const plainMilliseconds = 10_000;

/**
 * Finds the model that a command names, and shows the progress of its download where there is one. Ctrl-C ends it with all
 * that has arrived kept.
 */
export async function fetchModel(
  name: string,
  options: Pick<ResolveOptions, 'variant' | 'offline'>,
  out: Out,
): Promise<ResolvedModel> {
  const controller = new AbortController();
  const interrupt = (): void => controller.abort();
  process.once('SIGINT', interrupt);
  const meter = progressMeter();
  let shownAt = -Infinity;
  let latest: DownloadProgress | null = null;
  const onProgress = (progress: DownloadProgress): void => {
    const now = performance.now();
    latest = progress;
    const every = out.progress.live ? liveMilliseconds : plainMilliseconds;
    if (now - shownAt < every && progress.doneBytes < progress.totalBytes) return;
    shownAt = now;
    meter.see({ step: progress.doneBytes }, progress.totalBytes, now);
    const line = downloadLine(progress.file, meter.progress());
    if (out.progress.live) out.status(line);
    else out.note(line);
  };
  try {
    return await resolveModel(name, { ...options, onProgress, onNote: out.note, signal: controller.signal });
  } catch (error) {
    if (!controller.signal.aborted) throw error;
    const { doneBytes = 0, totalBytes = 0 } = (latest ?? {}) as Partial<DownloadProgress>;
    throw new Error(
      `stopped with ${bytes(doneBytes)} of ${bytes(totalBytes)} of ${name} in the cache. The same command goes on from there.`,
    );
  } finally {
    process.off('SIGINT', interrupt);
    if (latest !== null) out.status('');
  }
}

/** "unet/diffusion_pytorch_model.safetensors  1.2 GiB of 4.0 GiB  35 MiB/s  1 min 20 s left" */
export function downloadLine(file: string, { step, totalSteps, stepsPerSecond, secondsLeft }: Progress): string {
  const parts = [file, `${bytes(step)} of ${bytes(totalSteps ?? 0)}`];
  if (stepsPerSecond !== null) parts.push(`${bytes(stepsPerSecond)}/s`);
  if (secondsLeft !== null && step !== totalSteps) parts.push(`${duration(secondsLeft)} left`);
  return parts.join('  ');
}
