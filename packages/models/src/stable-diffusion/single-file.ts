import { join, resolve } from 'node:path';
import {
  type LdmLayout,
  loadTokenizer,
  openSafetensors,
  type PipelinePart,
  readLdm,
  type SafetensorsFile,
  SingleFileError,
} from '@bradley/formats';
import type { z } from 'zod';
import { clipTextConfigSchema } from '../clip/text-model.js';
import type { StoredTensor } from '../nn/checkpoint-store.js';
import { unetConfigSchema } from '../unet/config.js';
import { vaeConfigSchema } from '../vae/autoencoder-kl.js';
import { type DiffusionModel, ModelConfigError, type Part, type PredictionType } from './diffusion-model.js';
import { type Family, families } from './families.js';
import { readConfig, schedulerSchema } from './folder.js';
import { geometryDifferences, geometryOfConfig, unetGeometry } from './unet-geometry.js';

/** What a single file does not hold. */
export interface SingleFileOptions {
  /** A folder with CLIP's tokenizer. */
  readonly tokenizer?: string | null;
  /** What the UNet predicts, where the file does not say: Stable Diffusion 2 comes in both kinds. */
  readonly predictionType?: PredictionType | null;
  /**
   * A diffusers folder whose configs, scheduler and tokenizers describe the file; its weights are not looked at, and need
   * not be there. For models of another geometry than the released ones.
   */
  readonly modelConfig?: string | null;
}

type Description = Pick<DiffusionModel, 'scheduler' | 'predictionType'> & {
  readonly unet: DiffusionModel['unet']['config'];
  readonly vae: DiffusionModel['vae']['config'];
  readonly textEncoders: readonly {
    readonly part: PipelinePart;
    readonly config: DiffusionModel['textEncoders'][number]['config'];
    readonly tokenizer: DiffusionModel['textEncoders'][number]['tokenizer'];
  }[];
};

/**
 * Opens a single `.safetensors` file of SD 1.x, SD 2.x or SDXL in the names of the original repositories. Only its header is
 * read; every tensor stays where it lies.
 *
 * @throws ModelConfigError naming the file, what it is and what to give
 */
export async function openSingleFile(file: string, options: SingleFileOptions = {}): Promise<DiffusionModel> {
  const path = resolve(file);
  const opened = await openSafetensors(path);
  const { layout, parts } = readNamed(opened);
  const tensors = (part: PipelinePart): Map<string, StoredTensor> =>
    new Map([...(parts[part] ?? [])].map(([name, view]) => [name, { file: path, ...view }]));
  const unet = tensors('unet');
  const described = options.modelConfig
    ? await describedBy(resolve(options.modelConfig), layout, options)
    : await describedByFamily(opened, layout, unet, options);
  return {
    path,
    layout,
    unet: { path, config: described.unet, tensors: unet },
    vae: { path, config: described.vae, tensors: tensors('vae') },
    textEncoders: described.textEncoders.map(({ part, config, tokenizer }) => {
      const of: Part<typeof config> = { path, config, tensors: tensors(part) };
      return { ...of, tokenizer, projected: of.tensors.has('text_projection.weight') };
    }),
    scheduler: described.scheduler,
    predictionType: described.predictionType,
  };
}

function readNamed({ path, tensors }: SafetensorsFile): ReturnType<typeof readLdm> {
  if (tensors.has('edm_mean'))
    throw new ModelConfigError(`${path}: it is trained by the EDM formulation, as Playground 2.5 is: not supported.`);
  try {
    return readLdm(tensors);
  } catch (error) {
    if (!(error instanceof SingleFileError)) throw error;
    throw new ModelConfigError(`${path} cannot be opened as a single-file model: ${error.message}.`);
  }
}

/** A released model, recognised by its layout and then held against every shape that a config shows in. */
async function describedByFamily(
  file: SafetensorsFile,
  layout: LdmLayout,
  tensors: ReadonlyMap<string, StoredTensor>,
  options: SingleFileOptions,
): Promise<Description> {
  const family = families[layout];
  const predictionType = predictionOf(file, family, options);
  const unet = unetConfigSchema.parse(family.unet(predictionType));
  const { in_channels: latents } = unet;
  const found = unetGeometry(tensors);
  // Models that are also given an image are told apart by that alone, when the model is opened.
  const differences = geometryDifferences({ ...found, in_channels: latents }, geometryOfConfig(unet));
  if (differences.length > 0)
    throw new ModelConfigError(
      `${file.path}: its names are those of ${family.title}, but its UNet is another:\n  ${differences.join('\n  ')}\n` +
        'Give a diffusers folder with the configs of this model as modelConfig.',
    );
  return {
    unet: { ...unet, in_channels: found.in_channels },
    vae: vaeConfigSchema.parse(family.vae),
    textEncoders: await Promise.all(
      family.textEncoders.map(async ({ part, config, padToken }) => ({
        part,
        config: clipTextConfigSchema.parse(config),
        tokenizer: await loadTokenizer(tokenizerFolder(file.path, options), { padToken }),
      })),
    ),
    scheduler: {
      ...family.scheduler,
      prediction_type: predictionType,
      ...(file.tensors.has('ztsnr') ? { rescale_betas_zero_snr: true, timestep_spacing: 'trailing' } : {}),
    },
    predictionType,
  };
}

function tokenizerFolder(path: string, { tokenizer }: SingleFileOptions): string {
  if (tokenizer) return tokenizer;
  throw new ModelConfigError(
    `${path}: a single file has no tokenizer. Give a folder with CLIP's (vocab.json, merges.txt, tokenizer_config.json): the ` +
      "'tokenizer' of any Stable Diffusion folder, or openai/clip-vit-large-patch14 of the Hugging Face hub.",
  );
}

/** By the metadata of the file (ModelSpec), or by the empty tensor that marks models tuned to predict velocity. */
function predictionOf(file: SafetensorsFile, family: Family, { predictionType }: SingleFileOptions): PredictionType {
  if (predictionType) return predictionType;
  const stated = file.metadata['modelspec.prediction_type'];
  if (stated === 'epsilon') return 'epsilon';
  if (stated === 'v' || stated === 'v_prediction' || file.tensors.has('v_pred')) return 'v_prediction';
  if (family.predictionType) return family.predictionType;
  throw new ModelConfigError(
    `${file.path}: it is of ${family.title}, whose base models (512 pixels) predict noise and whose others (768) velocity; the ` +
      'weights do not say which. Give predictionType: epsilon or v_prediction.',
  );
}

/** The configs of a diffusers folder for the parts that the layout has. */
async function describedBy(
  folder: string,
  layout: LdmLayout,
  { tokenizer, predictionType }: SingleFileOptions,
): Promise<Description> {
  const of = <Schema extends z.ZodType>(part: PipelinePart, schema: Schema) =>
    readConfig(join(folder, part, 'config.json'), schema);
  const scheduler = await readConfig(join(folder, 'scheduler', 'scheduler_config.json'), schedulerSchema);
  const prediction = predictionType ?? scheduler.prediction_type;
  return {
    unet: await of('unet', unetConfigSchema),
    vae: await of('vae', vaeConfigSchema),
    textEncoders: await Promise.all(
      families[layout].textEncoders.map(async ({ part }) => ({
        part,
        config: await of(part, clipTextConfigSchema),
        tokenizer: await loadTokenizer(tokenizer ?? join(folder, part.replace('text_encoder', 'tokenizer'))),
      })),
    ),
    scheduler: { ...scheduler, prediction_type: prediction },
    predictionType: prediction,
  };
}
