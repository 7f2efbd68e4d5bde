import type { DiffusionModel } from '@bradley/models';
import {
  type ContentCache,
  keepReferenceErrors,
  type OpenRun,
  obeyControl,
  type PairDataset,
  type PreferenceSettings,
  type ReferenceErrors,
} from '@bradley/train';
import { duration } from '../cli/progress.js';

/** Between two lines on how far the pass is. */
const quietMilliseconds = 15_000;

/**
 * The pass before training with fixed draws of noise: see `keepReferenceErrors`. Tells in the run's record how far it is, and
 * obeys pause and stop.
 *
 * @returns null when there is nothing to keep, 'stopped' when the run was asked to stop
 */
export async function referencePass(
  run: OpenRun,
  model: DiffusionModel,
  dataset: PairDataset,
  settings: PreferenceSettings,
  { cache, say }: { cache: ContentCache; say: (message: string) => Promise<void> },
): Promise<ReferenceErrors | 'stopped' | null> {
  const { noiseDraws, device, threads, plan } = settings;
  if (noiseDraws === null) return null;
  const began = performance.now();
  let said = began;
  const references = await keepReferenceErrors(
    model,
    dataset,
    { ...settings, noiseDraws },
    {
      cache,
      batches: plan.steps * plan.accumulate,
      ...(device ? { device } : {}),
      ...(threads ? { threads } : {}),
      async proceed({ done, total, computed }) {
        const now = performance.now();
        const each = (now - began) / 1000 / Math.max(1, computed);
        if (done === total && computed > 0)
          await say(`kept ${total} reference errors, ${computed} of them computed now in ${duration(each * computed)}`);
        else if (now - said > quietMilliseconds && computed > 0) {
          said = now;
          await say(
            `reference errors before the first step: ${done} of ${total}, ${each.toFixed(2)} s each, ` +
              `at most ${duration((total - done) * each)} left`,
          );
        }
        return done === total ? 'go' : obeyControl(run);
      },
    },
  );
  return references ?? 'stopped';
}
