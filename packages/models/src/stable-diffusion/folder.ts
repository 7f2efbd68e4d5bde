import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { clipTextNames, loadTokenizer, openCheckpoint, vaeNames } from '@bradley/formats';
import { z } from 'zod';
import { clipTextConfigSchema } from '../clip/text-model.js';
import { unetConfigSchema } from '../unet/config.js';
import { vaeConfigSchema } from '../vae/autoencoder-kl.js';
import { type DiffusionModel, ModelConfigError, type Part, type TextEncoderPart } from './diffusion-model.js';

/** What every scheduler_config.json must say; the rest is for the sampler to read. */
export const schedulerSchema = z.looseObject({
  _class_name: z.string(),
  prediction_type: z.enum(['epsilon', 'v_prediction']).default('epsilon'),
});

/**
 * Opens a pipeline folder: configs are read and checked, of the weights only the headers.
 *
 * @param variant `fp16` takes `….fp16.safetensors` in the parts that have it, and the other parts as they are
 * @throws ModelConfigError naming the file and every field that is wrong or not supported.
 */
export async function openDiffusionFolder(folder: string, variant: string | null = null): Promise<DiffusionModel> {
  const path = resolve(folder);
  const index = await readConfig(join(path, 'model_index.json'), z.looseObject({ _class_name: z.string() }), [
    `${path} is not a diffusers pipeline folder`,
  ]);
  const unet = await openPart(join(path, 'unet'), unetConfigSchema, variant);
  const vae = await openPart(join(path, 'vae'), vaeConfigSchema, variant);
  // The refiner of SDXL has the second text encoder only: [null, null] stands for the first.
  const suffixes = ['', '_2'].filter((suffix) => [index[`text_encoder${suffix}`]].flat()[0]);
  const textEncoders = await Promise.all(suffixes.map((suffix) => openTextEncoder(path, suffix, variant)));
  const scheduler = await readConfig(join(path, 'scheduler', 'scheduler_config.json'), schedulerSchema);
  return {
    path,
    layout: 'folder',
    unet,
    vae: { ...vae, tensors: vaeNames(vae.tensors) },
    textEncoders,
    scheduler,
    predictionType: scheduler.prediction_type,
  };
}

async function openTextEncoder(path: string, suffix: string, variant: string | null): Promise<TextEncoderPart> {
  const part = await openPart(join(path, `text_encoder${suffix}`), clipTextConfigSchema, variant);
  const tokenizer = await loadTokenizer(join(path, `tokenizer${suffix}`));
  const tensors = clipTextNames(part.tensors);
  return { ...part, tensors, tokenizer, projected: tensors.has('text_projection.weight') };
}

/** Reads one network's folder: config.json and the headers of its safetensors. */
export async function openPart<Schema extends z.ZodType>(
  path: string,
  schema: Schema,
  variant: string | null = null,
): Promise<Part<z.infer<Schema>>> {
  const config = await readConfig(join(path, 'config.json'), schema);
  const checkpoint = await openCheckpoint(path, { variant });
  const tensors = new Map(
    [...checkpoint].map(([name, { file, entry }]) => [
      name,
      {
        file: resolve(file.path),
        dtype: entry.dtype,
        shape: entry.shape,
        offset: entry.offset,
        byteLength: entry.byteLength,
      },
    ]),
  );
  return { path, config, tensors };
}

/** Reads and checks a JSON file of a model folder. */
export async function readConfig<Schema extends z.ZodType>(
  file: string,
  schema: Schema,
  context: string[] = [],
): Promise<z.infer<Schema>> {
  const lead = context.map((line) => `${line}: `).join('');
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch {
    throw new ModelConfigError(
      `${lead}${file} cannot be read. A diffusers folder has it: check the path of the model.`,
    );
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new ModelConfigError(`${lead}${file} is not JSON: ${error instanceof Error ? error.message : error}`);
  }
  const parsed = schema.safeParse(json);
  if (!parsed.success) throw new ModelConfigError(`${lead}${file} is not supported:\n${z.prettifyError(parsed.error)}`);
  return parsed.data;
}
