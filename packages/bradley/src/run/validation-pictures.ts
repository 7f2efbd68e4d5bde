import { join } from 'node:path';
import { comparisonGrid, fromModelRange, type RgbImage, writeFileAtomic } from '@bradley/formats';
import { type DiffusionModel, type ImageSampler, openImageSampler, type PolicyWeights } from '@bradley/models';
import { type OpenRun, recordGrid, stepName, validationFolder } from '@bradley/train';
import { captionsOf, type PictureSettings } from './picture-settings.js';
import type { HeldOutFacts } from './validation.js';
import { readPictures, savePictures, writeValidationPage } from './validation-files.js';

/**
 * Pictures of a policy at a step, each beside the base model's: `validation/step-000100.png` with all of them, the single ones in
 * `validation/step-000100/`, and the page `validation/index.html` of all steps so far. The base is sampled once in the life of a run
 * and kept. Step 0 is the base: a LoRA begins as nothing, and a full fine-tuning with the model's own weights.
 */
export function validationPictures(run: OpenRun, model: DiffusionModel, settings: PictureSettings) {
  const folder = join(run.folder, validationFolder);
  const captions = captionsOf(settings);
  const { session, size } = settings;
  // Networks by turns: a validation at full size needs no more memory than the largest of them.
  const open = (adapter: PolicyWeights['config'] | null): Promise<ImageSampler> =>
    openImageSampler(model, {
      byTurns: true,
      ...(adapter ? { adapter } : {}),
      ...session,
      ...(size ? { height: size, width: size } : {}),
    });
  const sample = async (sampler: ImageSampler, adapter: PolicyWeights | null): Promise<RgbImage[]> => {
    const { rows, sampler: name, steps, guidance } = settings;
    const [prompts, seeds] = [rows.map(({ prompt }) => prompt), rows.map(({ seed }) => seed)];
    const images = await sampler.sample({ prompts, seeds, sampler: name, steps, guidance, adapter });
    return images.map(({ width, height, data }) => ({ width, height, data: fromModelRange(data) }));
  };

  let ofPolicy: Promise<ImageSampler> | null = null;
  let base: RgbImage[] | null = null;
  return {
    async take(step: number, policy: PolicyWeights, facts: HeldOutFacts | null): Promise<void> {
      if (settings.rows.length === 0) return;
      base ??= await readPictures(join(folder, 'base'), settings);
      if (!base) {
        base = await sample(await open(null), null);
        await savePictures(join(folder, 'base'), base, settings, {});
      }
      ofPolicy ??= open(policy.config);
      const pictures = step === 0 ? base : await sample(await ofPolicy, policy);
      const name = stepName(step);
      await savePictures(join(folder, name), pictures, settings, { step, ...facts });
      const columns = [
        { name: 'base', images: base },
        { name: `step ${step}`, images: pictures },
      ];
      const grid = join(folder, `${name}.png`);
      await writeFileAtomic(grid, await comparisonGrid(columns, captions));
      await recordGrid(run.metrics, { step, path: grid });
      await writeValidationPage(folder, settings);
    },
  };
}
