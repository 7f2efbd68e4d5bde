import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { float32Tensor, writeSafetensors } from '@bradley/formats';
import { isHeldOut } from '@bradley/preferences';
import { uniform } from '@bradley/runtime';
import { epochs, type Job, type Recipe, trainStage } from '@bradley/train';
import { designerAccuracy, openDesignerClassifier } from './designer-classifier.js';
import { type DesignerConfig, designerConfigSchema, designerLoss } from './designer-network.js';
import { randomView, type ViewOptions } from './designer-views.js';
import { designers } from './names.js';
import { type NamedPicture, readEmojiPictures } from './pictures.js';
import { reconstruct } from './reconstructions.js';

export interface DesignerRecipe {
  readonly config: DesignerConfig;
  readonly train: Recipe['vae']['train'];
  readonly labelSmoothing: number;
  /** Share of pictures that are seen as the VAE redraws them, where there is one. */
  readonly reconstructed: number;
  readonly views: ViewOptions;
}

/** Chosen on the validation names. */
export const designerRecipe: DesignerRecipe = {
  config: designerConfigSchema.parse({}),
  train: {
    steps: 1200,
    batch: 32,
    learningRate: 0.004,
    schedule: 'cosine',
    warmup: 50,
    betas: [0.9, 0.99],
    weightDecay: 0.05,
    emaDecay: 0.99,
    maxNorm: 1,
    checkpointEvery: 200,
    seed: 0,
  },
  labelSmoothing: 0.1,
  reconstructed: 0.7,
  views: { shift: 4, blur: 0.5, colour: 0.03, noise: 0.05, cut: 0.25 },
};

export interface DesignerTraining {
  /** The comparisons' folder with the pictures; by default the one that ships. */
  readonly data?: string;
  /** The folder of the VAE that sampled pictures come from; null trains on real pictures alone. */
  readonly vae: string | null;
  /**
   * 'validation' leaves that part of the training names out and judges on it: to choose a recipe. 'heldout' trains on all
   * training names and judges on the held-out ones.
   */
  readonly judgeOn: 'validation' | 'heldout';
  /** The run folder; a second call goes on where the first was stopped. */
  readonly runs: string;
  /** The folder to write. */
  readonly output: string;
  readonly recipe?: DesignerRecipe;
  readonly threads?: number;
}

export interface DesignerAccuracy {
  /** Of the judged names' real pictures. */
  readonly real: { readonly count: number; readonly total: number };
  /** Of the same as the VAE redraws them, from the mean of its posterior. */
  readonly reconstructed: { readonly count: number; readonly total: number } | null;
}

/** The part of the training names on which a recipe is chosen. */
export const isValidationName = (name: string): boolean =>
  isHeldOut(name, { fraction: 0.15, salt: 'designer-classifier' });

/**
 * Trains the designer classifier on pictures of training names only, writes it, and judges what it wrote. Returns null
 * when the run was asked to stop.
 */
export async function trainDesignerClassifier(training: DesignerTraining): Promise<DesignerAccuracy | null> {
  const { vae, judgeOn, runs, output, recipe = designerRecipe, threads } = training;
  const options = threads ? { threads } : {};
  const pictures = await readEmojiPictures(training.data);
  const taught = pictures.filter(
    ({ name, split }) => split === 'train' && (judgeOn === 'heldout' || !isValidationName(name)),
  );
  const judged = pictures.filter(({ name, split }) =>
    judgeOn === 'heldout' ? split === 'heldout' : split === 'train' && isValidationName(name),
  );
  const images = taught.map(({ image }) => image);
  const redrawn = vae ? await reconstruct(images, vae, { ...options, drawSeed: recipe.train.seed }) : null;
  const loss = designerLoss(recipe.config, recipe.train.batch, recipe.labelSmoothing);
  await mkdir(runs, { recursive: true });
  const weights = await trainStage(join(runs, `designer-classifier-${judgeOn}`), loss, recipe.train, {
    batch: batches(recipe, taught, redrawn),
    threads,
    runConfig: JSON.stringify({ ...recipe, judgeOn }, null, 2),
  });
  if (!weights) return null;

  await mkdir(output, { recursive: true });
  await writeFile(join(output, 'config.json'), `${JSON.stringify(recipe.config, null, 2)}\n`);
  const tensors = loss.trainables.map(
    ({ name, shape }) => [name, float32Tensor(shape, weights[name] ?? new Float32Array())] as const,
  );
  await writeSafetensors(join(output, 'model.safetensors'), new Map(tensors), { format: 'pt' });

  const classifier = await openDesignerClassifier(output, options);
  const real = await designerAccuracy(classifier, judged);
  const drawn = vae
    ? await reconstruct(
        judged.map(({ image }) => image),
        vae,
        options,
      )
    : null;
  const reconstructed =
    drawn &&
    (await designerAccuracy(
      classifier,
      judged.map(({ designer }, i) => ({ designer, image: drawn[i] as Float32Array })),
    ));
  await classifier.release();
  return { real, reconstructed };
}

function batches(
  { config, train: { batch, seed }, reconstructed, views }: DesignerRecipe,
  pictures: readonly NamedPicture[],
  redrawn: readonly Float32Array[] | null,
): Job['batch'] {
  const order = epochs(pictures.length, batch, seed);
  const size = config.image_size;
  return async (step) => {
    const images = new Float32Array(batch * 3 * size * size);
    const labels = new Float32Array(batch * designers.length);
    const redraw = uniform({ seed, stream: 'designer/redraw', step, index: 0 }, batch);
    order.batch(step).forEach((row, index) => {
      const { image, designer } = pictures[row] as NamedPicture;
      const seen = (redraw[index] as number) < reconstructed ? (redrawn?.[row] ?? image) : image;
      images.set(randomView(seen, size, views, { seed, step, index }), index * 3 * size * size);
      labels[index * designers.length + designers.indexOf(designer)] = 1;
    });
    return { images, labels };
  };
}
