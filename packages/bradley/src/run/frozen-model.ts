import { cacheFolder } from '@bradley/formats';
import type { DiffusionModel } from '@bradley/models';
import { type FrozenPrecision, frozenPart } from '@bradley/train';

/** Writing takes seconds: what is told before and between. */
const quietMilliseconds = 2000;

/**
 * The model with the large frozen weights of its UNet in the precision asked for. Rounding them happens once for a model, and is told
 * about where it takes longer than two seconds.
 */
export async function frozenModel(
  model: DiffusionModel,
  precision: FrozenPrecision,
  say: (message: string) => void | Promise<void>,
): Promise<DiffusionModel> {
  let said = performance.now();
  const { part, converted, file } = await frozenPart(model.unet, precision, cacheFolder(), {
    async onProgress({ done, total }) {
      if (performance.now() - said < quietMilliseconds) return;
      said = performance.now();
      await say(`rounding frozen weights to ${precision}, once for this model: ${Math.round((100 * done) / total)} %`);
    },
  });
  if (precision !== 'stored')
    await say(
      converted > 0
        ? `${converted} of ${part.tensors.size} tensors of the UNet are read in ${precision}, from ${file}`
        : `the UNet has no large weights to round to ${precision}: all are read as the model has them`,
    );
  return { ...model, unet: part };
}
