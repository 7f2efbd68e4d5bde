import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { float32ToFloat16, type Tensor, writeFileAtomic, writeSafetensors } from '@bradley/formats';
import type { VaeConfig } from '@bradley/models';
import type { Recipe } from './recipe.js';
import { textToImageLoss } from './text-to-image-loss.js';
import { vaeLoss } from './vae-loss.js';

type Weights = Readonly<Record<string, Float32Array>>;

/**
 * Writes a diffusers StableDiffusionPipeline folder: `model_index.json`, and `vae`, `unet`, `text_encoder`, `tokenizer`,
 * `scheduler` with their configs. Weights are stored as float16.
 */
export async function writeModelFolder(
  folder: string,
  recipe: Recipe,
  vaeConfig: VaeConfig,
  tokenizerFolder: string,
  weights: { readonly vae: Weights; readonly unet: Weights; readonly text_encoder: Weights },
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const shapes = shapesOf(recipe);
  const json = (value: object): string => `${JSON.stringify(value, null, 2)}\n`;
  const parts = [
    ['vae', 'diffusion_pytorch_model', { _class_name: 'AutoencoderKL', ...vaeConfig }, weights.vae],
    ['unet', 'diffusion_pytorch_model', { _class_name: 'UNet2DConditionModel', ...recipe.unet.config }, weights.unet],
    [
      'text_encoder',
      'model',
      { architectures: ['CLIPTextModel'], model_type: 'clip_text_model', ...recipe.textEncoder.config },
      weights.text_encoder,
    ],
  ] as const;
  for (const [part, file, config, values] of parts) {
    await mkdir(join(folder, part), { recursive: true });
    await writeSafetensors(join(folder, part, `${file}.safetensors`), half(values, shapes[part]), { format: 'pt' });
    await writeFileAtomic(join(folder, part, 'config.json'), json(config));
  }
  await mkdir(join(folder, 'scheduler'), { recursive: true });
  await writeFileAtomic(join(folder, 'scheduler', 'scheduler_config.json'), json(recipe.scheduler));
  await cp(tokenizerFolder, join(folder, 'tokenizer'), { recursive: true });
  await writeFileAtomic(
    join(folder, 'model_index.json'),
    json({
      _class_name: 'StableDiffusionPipeline',
      feature_extractor: [null, null],
      image_encoder: [null, null],
      requires_safety_checker: false,
      safety_checker: [null, null],
      scheduler: ['diffusers', recipe.scheduler._class_name],
      text_encoder: ['transformers', 'CLIPTextModel'],
      tokenizer: ['transformers', 'PreTrainedTokenizerFast'],
      unet: ['diffusers', 'UNet2DConditionModel'],
      vae: ['diffusers', 'AutoencoderKL'],
    }),
  );
}

function half(weights: Weights, shapes: ReadonlyMap<string, readonly number[]>): Map<string, Tensor> {
  return new Map(
    Object.entries(weights).map(([name, values]) => [
      name,
      { dtype: 'float16' as const, shape: shapes.get(name) ?? [values.length], data: float32ToFloat16(values) },
    ]),
  );
}

/** The shapes of every part's tensors: the models say them while they are built. */
function shapesOf(recipe: Recipe): Record<'vae' | 'unet' | 'text_encoder', Map<string, readonly number[]>> {
  const { trainables } = textToImageLoss(recipe.unet.config, recipe.textEncoder.config, {
    batch: 1,
    tokens: recipe.textEncoder.config.max_position_embeddings,
    latent: [recipe.unet.config.in_channels, 16, 16],
    predictionType: recipe.scheduler.prediction_type,
  });
  const part = (prefix: string) =>
    new Map(
      trainables.flatMap(({ name, shape }) =>
        name.startsWith(prefix) ? [[name.slice(prefix.length), shape] as const] : [],
      ),
    );
  const vae = vaeLoss(recipe.vae.config, 1, recipe.imageSize, { gradient: 1, kl: 1 }).trainables;
  return {
    vae: new Map(vae.map(({ name, shape }) => [name, shape])),
    unet: part('unet.'),
    text_encoder: part('text_encoder.'),
  };
}
