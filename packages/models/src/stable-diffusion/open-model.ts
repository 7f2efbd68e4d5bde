import { stat } from 'node:fs/promises';
import { openSafetensors } from '@bradley/formats';
import { type DiffusionModel, ModelConfigError } from './diffusion-model.js';
import { openDiffusionFolder } from './folder.js';
import { openSingleFile, type SingleFileOptions } from './single-file.js';

export interface OpenModelOptions extends SingleFileOptions {
  /** Of a folder: `fp16` takes `….fp16.safetensors` in the parts that have it, and the other parts as they are. */
  readonly variant?: string | null;
}

/**
 * Opens a Stable Diffusion: a diffusers folder, or a single `.safetensors` file in the names of the original repositories.
 * Configs are read and checked; of the weights only the headers.
 *
 * @param options a folder's variant, or what a single file does not hold; a folder says that itself
 * @throws ModelConfigError naming the file and every field that is wrong or not supported
 */
export async function openDiffusionModel(path: string, options: OpenModelOptions = {}): Promise<DiffusionModel> {
  const isFile = await stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
  const model = isFile ? await openFile(path, options) : await openFolder(path, options);
  requireTextToImage(model);
  return model;
}

async function openFile(path: string, { variant, ...options }: OpenModelOptions): Promise<DiffusionModel> {
  if (variant) throw new ModelConfigError(`${path} is one file, and only a folder has variants: leave out ${variant}.`);
  await requireModelFile(path);
  return openSingleFile(path, options);
}

/**
 * Refuses what is no safetensors file, by its name and its header.
 * @throws ModelConfigError, SafetensorsError
 */
export async function requireModelFile(path: string): Promise<void> {
  if (path.endsWith('.safetensors')) {
    await openSafetensors(path);
    return;
  }
  throw new ModelConfigError(
    `${path}: a model is a diffusers folder or a .safetensors file. Pickled files (.ckpt, .pt, .bin) are not read, since opening ` +
      'one runs the code in it: get the .safetensors version, or convert it with a tool that you trust.',
  );
}

async function openFolder(path: string, { variant, ...options }: OpenModelOptions): Promise<DiffusionModel> {
  const given = Object.entries(options).flatMap(([name, value]) => (value ? [name] : []));
  if (given.length > 0)
    throw new ModelConfigError(
      `${path} is no file: a diffusers folder says its ${given.join(' and ')} itself. Leave it out.`,
    );
  return openDiffusionFolder(path, variant);
}

/** What models take besides noisy latents, by the channels of their first convolution. */
const otherInputs: Readonly<Record<number, string>> = {
  5: 'a depth map beside the latents (depth-to-image)',
  7: 'a small image beside the latents (an upscaler)',
  8: 'an image to edit beside the latents (InstructPix2Pix)',
  9: 'a mask and a masked image beside the latents (inpainting)',
};

function requireTextToImage({ path, unet, vae }: DiffusionModel): void {
  const channels = unet.config.in_channels;
  const { latent_channels: latents } = vae.config;
  if (channels !== latents)
    throw new ModelConfigError(
      `${path}: its UNet takes ${channels} channels and its autoencoder makes ${latents}: it takes ` +
        `${otherInputs[channels] ?? 'more than noisy latents'}. Only text-to-image models are supported.`,
    );
}
