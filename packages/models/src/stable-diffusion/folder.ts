import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { clipTextNames, loadTokenizer, openCheckpoint, type Tokenizer } from '@bradley/formats';
import { z } from 'zod';
import { type ClipTextConfig, clipTextConfigSchema } from '../clip/text-model.js';
import type { StoredTensor } from '../nn/checkpoint-store.js';
import { type UNetConfig, unetConfigSchema } from '../unet/config.js';
import { type VaeConfig, vaeConfigSchema } from '../vae/autoencoder-kl.js';

/** One network of a pipeline: its config, and where its tensors lie. */
export interface Part<Config> {
  /** The folder, for errors. */
  readonly path: string;
  readonly config: Config;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}

export interface TextEncoderPart extends Part<ClipTextConfig> {
  readonly tokenizer: Tokenizer;
  /** CLIPTextModelWithProjection: SDXL's second encoder. */
  readonly projected: boolean;
}

/** A diffusers StableDiffusionPipeline or StableDiffusionXLPipeline folder. */
export interface DiffusionModel {
  readonly path: string;
  readonly unet: Part<UNetConfig>;
  readonly vae: Part<VaeConfig>;
  /** One for SD 1.x and 2.x, two for SDXL. */
  readonly textEncoders: readonly TextEncoderPart[];
  /** scheduler_config.json, whole. */
  readonly scheduler: Readonly<Record<string, unknown>> & { readonly _class_name: string };
  readonly predictionType: 'epsilon' | 'v_prediction';
}

const schedulerSchema = z.looseObject({
  _class_name: z.string(),
  prediction_type: z.enum(['epsilon', 'v_prediction']).default('epsilon'),
});

/** A config.json of a part does not describe a model that this project computes. */
export class ModelConfigError extends Error {
  override name = 'ModelConfigError';
}

/**
 * Opens a pipeline folder: configs are read and checked, of the weights only the headers.
 *
 * @param variant `fp16` takes `….fp16.safetensors` in the parts that have it, and the other parts as they are
 * @throws ModelConfigError naming the file and every field that is wrong or not supported.
 */
export async function openDiffusionModel(
  folder: string,
  { variant = null }: { variant?: string | null } = {},
): Promise<DiffusionModel> {
  const path = resolve(folder);
  const index = await readConfig(join(path, 'model_index.json'), z.looseObject({ _class_name: z.string() }), [
    `${path} is not a diffusers pipeline folder`,
  ]);
  const unet = await openPart(join(path, 'unet'), unetConfigSchema, variant);
  const vae = await openPart(join(path, 'vae'), vaeConfigSchema, variant);
  const names = index.text_encoder_2 ? ['', '_2'] : [''];
  const textEncoders = await Promise.all(names.map((suffix) => openTextEncoder(path, suffix, variant)));
  const scheduler = await readConfig(join(path, 'scheduler', 'scheduler_config.json'), schedulerSchema);
  return { path, unet, vae, textEncoders, scheduler, predictionType: scheduler.prediction_type };
}

async function openTextEncoder(path: string, suffix: string, variant: string | null): Promise<TextEncoderPart> {
  const part = await openPart(join(path, `text_encoder${suffix}`), clipTextConfigSchema, variant);
  const tokenizer = await loadTokenizer(join(path, `tokenizer${suffix}`));
  const tensors = clipTextNames(part.tensors);
  return { ...part, tensors, tokenizer, projected: tensors.has('text_projection.weight') };
}

/** Reads one network's folder: config.json and the headers of its safetensors. */
export async function openPart<Schema extends z.ZodObject>(
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

async function readConfig<Schema extends z.ZodType>(
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
