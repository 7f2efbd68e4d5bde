import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { noiseSchedule } from '@bradley/diffusion';
import { joinFloat32, loadTokenizer, type Tokenizer } from '@bradley/formats';
import type { VaeConfig } from '@bradley/models';
import { normal, uniform } from '@bradley/runtime';
import { epochs } from '../epochs.js';
import type { Job } from '../loop.js';
import { noiseFeeds } from '../step/noise-feeds.js';
import { constantStore, encodePictures, type Latents } from './latents.js';
import { type Pictures, readPictures } from './pictures.js';
import type { Recipe } from './recipe.js';
import { trainStage } from './stage.js';
import { partPrefixes, textToImageLoss } from './text-to-image-loss.js';
import { vaeLoss } from './vae-loss.js';
import { writeModelFolder } from './write-model.js';

export interface PretrainOptions {
  /** Folder with captions.jsonl and the pictures. */
  readonly data: string;
  /** Folder of the recipe, where its tokenizer lies. */
  readonly recipeFolder: string;
  /** Where the two run folders go; a second call goes on where the first was stopped. */
  readonly runs: string;
  /** The diffusers folder to write. */
  readonly output: string;
  readonly threads?: number;
}

/** Trains a text-to-image model from scratch by a recipe. Returns false when a stage was asked to stop. */
export async function pretrain(recipe: Recipe, options: PretrainOptions): Promise<boolean> {
  const { data, recipeFolder, runs, output, threads } = options;
  await mkdir(runs, { recursive: true });
  const pictures = await readPictures(data, recipe.imageSize);
  const tokenizerFolder = join(recipeFolder, recipe.tokenizer);
  const tokenizer = await loadTokenizer(tokenizerFolder);
  const runConfig = JSON.stringify(recipe, null, 2);

  const { config, train, gradientWeight, klWeight } = recipe.vae;
  const vae = await trainStage(
    join(runs, 'vae'),
    vaeLoss(config, train.batch, recipe.imageSize, { gradient: gradientWeight, kl: klWeight }),
    train,
    { batch: vaeBatches(recipe, pictures), threads, runConfig },
  );
  if (!vae) return false;
  const latents = await encodePictures(config, constantStore(vae), pictures);

  const model = await trainStage(
    join(runs, 'denoiser'),
    textToImageLoss(recipe.unet.config, recipe.textEncoder.config, {
      batch: recipe.train.batch,
      tokens: recipe.textEncoder.config.max_position_embeddings,
      latent: latents.shape,
      predictionType: recipe.scheduler.prediction_type,
    }),
    recipe.train,
    { batch: denoiserBatches(recipe, pictures, latents, tokenizer), threads, runConfig },
  );
  if (!model) return false;
  const part = (prefix: string): Record<string, Float32Array> =>
    Object.fromEntries(
      Object.entries(model).flatMap(([name, values]) =>
        name.startsWith(prefix) ? [[name.slice(prefix.length), values]] : [],
      ),
    );
  const vaeConfig: VaeConfig = { ...config, scaling_factor: latents.scalingFactor };
  await writeModelFolder(output, recipe, vaeConfig, tokenizerFolder, {
    vae,
    unet: part(partPrefixes.unet),
    text_encoder: part(partPrefixes.textEncoder),
  });
  return true;
}

function vaeBatches({ imageSize, vae: { config, train } }: Recipe, pictures: Pictures): Job['batch'] {
  const order = epochs(pictures.images.length, train.batch, train.seed, 'vae');
  const side = imageSize / 2 ** (config.block_out_channels.length - 1);
  return async (number) => ({
    images: joinFloat32(order.batch(number).map((i) => pictures.images[i] as Float32Array)),
    noise: normal(
      { seed: train.seed, stream: 'vae/noise', step: number, index: 0 },
      train.batch * config.latent_channels * side * side,
    ),
  });
}

function denoiserBatches(recipe: Recipe, pictures: Pictures, latents: Latents, tokenizer: Tokenizer): Job['batch'] {
  const { batch, seed, captionDropout } = recipe.train;
  const maxLength = recipe.textEncoder.config.max_position_embeddings;
  const encode = (prompt: string): number[] =>
    tokenizer.encode(prompt, { maxLength, padding: 'max', truncation: true }).ids;
  const ids = pictures.prompts.map(encode);
  const empty = encode('');
  const schedule = noiseSchedule(recipe.scheduler as Parameters<typeof noiseSchedule>[0]);
  const order = epochs(pictures.images.length, batch, seed);
  return async (number) => {
    const rows = order.batch(number);
    const dropped = uniform({ seed, stream: 'captionDropout', step: number, index: 0 }, batch);
    const inputIds = rows.flatMap((i, k) => ((dropped[k] as number) < captionDropout ? empty : (ids[i] as number[])));
    const draw = normal({ seed, stream: 'posterior', step: number, index: 0 }, batch * (latents.mean[0]?.length ?? 0));
    const sampled = rows.map((i, k) => {
      const [mean, std] = [latents.mean[i] as Float32Array, latents.std[i] as Float32Array];
      return mean.map(
        (m, j) => latents.scalingFactor * (m + (std[j] as number) * (draw[k * mean.length + j] as number)),
      );
    });
    return {
      latents: joinFloat32(sampled),
      ...noiseFeeds(schedule, { seed, step: number, batch, elements: sampled[0]?.length ?? 0 }),
      inputIds: BigInt64Array.from(inputIds, BigInt),
    };
  };
}
