import {
  float32Tensor,
  type LdmLayout,
  ldmPrefix,
  openSafetensors,
  type PipelinePart,
  sourceOf,
  storedSource,
  type Tensor,
  type TensorDtype,
  type TensorSource,
  writeLdm,
  writeSafetensors,
} from '@bradley/formats';
import type { StoredTensor } from '../nn/checkpoint-store.js';
import type { DiffusionModel } from './diffusion-model.js';
import { families } from './families.js';

/**
 * Writes a model as a single `.safetensors` file in the names of the original repositories, which ComfyUI, A1111 and diffusers'
 * `from_single_file` read. A model that was opened from one keeps all its other tensors, but for the running average of the
 * UNet that was; of a folder all parts are written. Tensors are read and written one after the other.
 *
 * @param unet instead of the model's own, by the names of diffusers
 * @param metadata of the file, besides what the format asks for
 */
export async function writeSingleFile(
  path: string,
  model: DiffusionModel,
  unet?: ReadonlyMap<string, Tensor>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const layout = model.layout === 'folder' ? layoutOf(model) : model.layout;
  const given = unet && new Map([...unet].map(([name, tensor]) => [name, sourceOf(tensor)]));
  const tensors =
    model.layout === 'folder'
      ? writeLdm(layout, { ...partsOf(model, layout), ...(given ? { unet: given } : {}) })
      : new Map([
          ...(await others(model.path, layout)),
          ...writeLdm(layout, { unet: given ?? lying(model.unet.tensors) }),
        ]);
  if (model.scheduler.rescale_betas_zero_snr) tensors.set('ztsnr', sourceOf(float32Tensor([0], new Float32Array())));
  const prediction = model.predictionType === 'epsilon' ? 'epsilon' : 'v';
  await writeSafetensors(path, tensors, { ...metadata, format: 'pt', 'modelspec.prediction_type': prediction });
}

/** Where a folder's model belongs: the first text encoder of SD 1.x and SDXL is OpenAI's CLIP, that of SD 2.x open_clip's. */
function layoutOf({ textEncoders, unet }: DiffusionModel): LdmLayout {
  if (unet.config.addition_embed_type === 'text_time') return textEncoders.length === 2 ? 'sdxl' : 'sdxl-refiner';
  return textEncoders[0]?.config.hidden_act === 'gelu' ? 'sd2' : 'sd1';
}

function partsOf({ unet, vae, textEncoders }: DiffusionModel, layout: LdmLayout) {
  const texts = families[layout].textEncoders.map(({ part }, i) => [
    part,
    lying(textEncoders[i]?.tensors ?? new Map()),
  ]);
  return { unet: lying(unet.tensors), vae: lying(vae.tensors), ...Object.fromEntries(texts) } as Record<
    PipelinePart,
    Map<string, TensorSource>
  >;
}

const lying = (tensors: ReadonlyMap<string, StoredTensor>): Map<string, TensorSource> =>
  new Map(
    [...tensors].map(([name, stored]) => [
      name,
      storedSource(stored.file, { ...stored, dtype: stored.dtype as TensorDtype }),
    ]),
  );

async function others(path: string, layout: LdmLayout): Promise<Map<string, TensorSource>> {
  const { tensors } = await openSafetensors(path);
  const replaced = [ldmPrefix(layout, 'unet') ?? '', 'model_ema.'];
  return new Map(
    [...tensors].flatMap(([name, entry]) =>
      replaced.some((prefix) => name.startsWith(prefix)) ? [] : [[name, storedSource(path, entry)] as const],
    ),
  );
}
