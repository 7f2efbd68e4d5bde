import type { DiffusionModel } from '@bradley/models';
import {
  type ContentCache,
  type GroupDataset,
  keepReferenceErrors,
  type PreferenceSettings,
  type Proceed,
  type ReferenceErrors,
} from '@bradley/train';

/**
 * The pass before training with fixed draws of noise: see `keepReferenceErrors`.
 *
 * @returns null when there is nothing to keep, 'stopped' when `proceed` said so
 */
export async function referencePass(
  model: DiffusionModel,
  dataset: GroupDataset,
  settings: PreferenceSettings,
  { cache, pass }: { cache: ContentCache; pass: (what: string) => Proceed },
): Promise<ReferenceErrors | 'stopped' | null> {
  const { noiseDraws, device, threads, plan } = settings;
  if (noiseDraws === null) return null;
  const references = await keepReferenceErrors(
    model,
    dataset,
    { ...settings, noiseDraws },
    {
      cache,
      batches: plan.steps * plan.accumulate,
      ...(device ? { device } : {}),
      ...(threads ? { threads } : {}),
      proceed: pass('errors of the reference'),
    },
  );
  return references ?? 'stopped';
}
