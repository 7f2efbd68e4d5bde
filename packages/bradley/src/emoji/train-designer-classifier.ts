import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { float32Tensor, writeSafetensors } from '@bradley/formats';
import { type DiffusionModel, openDiffusionModel } from '@bradley/models';
import { isHeldOut } from '@bradley/preferences';
import { integers, type SessionOptions } from '@bradley/runtime';
import { epochs, type Job, type Recipe, trainStage } from '@bradley/train';
import { designerAccuracy, openDesignerClassifier } from './designer-classifier.js';
import { type DesignerConfig, designerConfigSchema, designerLoss } from './designer-network.js';
import { randomView, type ViewOptions } from './designer-views.js';
import { designers } from './names.js';
import { type NamedPicture, readEmojiPictures } from './pictures.js';
import { redraw } from './redraw.js';

export interface DesignerRecipe {
  readonly config: DesignerConfig;
  readonly train: Recipe['vae']['train'];
  readonly labelSmoothing: number;
  /**
   * Strengths at which the model redraws every picture; a picture is seen as it is or redrawn at one of them, all alike
   * often. 0 is the autoencoder alone.
   */
  readonly strengths: readonly number[];
  readonly views: ViewOptions;
}

/** Chosen on the validation names. */
export const designerRecipe: DesignerRecipe = {
  config: designerConfigSchema.parse({}),
  train: {
    steps: 2000,
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
  strengths: [0, 0.25, 0.375, 0.5],
  views: { shift: 4, blur: 0.5, colour: 0.03, noise: 0.05, cut: 0.25 },
};

export interface DesignerTraining {
  /** The comparisons' folder with the pictures; by default the one that ships. */
  readonly data?: string;
  /** The model whose samples will be judged, a diffusers folder; null trains on real pictures alone. */
  readonly model: string | null;
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

/** How many pictures of the judged names the classifier assigns to the designer who drew them. */
export interface DesignerAccuracy {
  /** At which strength the pictures were redrawn; null for real ones. */
  readonly strength: number | null;
  readonly count: number;
  readonly total: number;
}

/** The part of the training names on which a recipe is chosen. */
export const isValidationName = (name: string): boolean =>
  isHeldOut(name, { fraction: 0.15, salt: 'designer-classifier' });

/**
 * Trains the designer classifier on pictures of training names only, writes it, and judges what it wrote. Returns null
 * when the run was asked to stop.
 */
export async function trainDesignerClassifier(training: DesignerTraining): Promise<DesignerAccuracy[] | null> {
  const { model, judgeOn, runs, output, recipe = designerRecipe, threads } = training;
  const options = threads ? { threads } : {};
  const folder = model === null ? null : await openDiffusionModel(model);
  const pictures = await readEmojiPictures(training.data);
  const taught = pictures.filter(
    ({ name, split }) => split === 'train' && (judgeOn === 'heldout' || !isValidationName(name)),
  );
  const judged = pictures.filter(({ name, split }) =>
    judgeOn === 'heldout' ? split === 'heldout' : split === 'train' && isValidationName(name),
  );
  const loss = designerLoss(recipe.config, recipe.train.batch, recipe.labelSmoothing);
  const variants = await variantsOf(taught, folder, recipe, options);
  await mkdir(runs, { recursive: true });
  const weights = await trainStage(join(runs, `designer-classifier-${judgeOn}`), loss, recipe.train, {
    batch: batches(recipe, variants),
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
  const accuracies: DesignerAccuracy[] = [];
  for (const { strength, pictures } of await variantsOf(judged, folder, recipe, options))
    accuracies.push({ strength, ...(await designerAccuracy(classifier, pictures)) });
  await classifier.release();
  return accuracies;
}

interface Variant {
  readonly strength: number | null;
  readonly pictures: readonly NamedPicture[];
}

/** The pictures as they are, and, where there is a model, as it redraws them at each strength. */
async function variantsOf(
  pictures: readonly NamedPicture[],
  folder: DiffusionModel | null,
  { strengths, train: { seed } }: DesignerRecipe,
  options: SessionOptions,
): Promise<Variant[]> {
  const variants: Variant[] = [{ strength: null, pictures }];
  for (const strength of folder ? strengths : []) {
    const images = await redraw(pictures, folder as DiffusionModel, { ...redrawing, strength, seed, ...options });
    variants.push({ strength, pictures: pictures.map((of, i) => ({ ...of, image: images[i] as Float32Array })) });
  }
  return variants;
}

/** As the quick start samples. */
const redrawing = { steps: 16, guidance: 3 };

function batches(
  { config, train: { batch, seed }, views }: DesignerRecipe,
  variants: readonly Variant[],
): Job['batch'] {
  const order = epochs(variants[0]?.pictures.length ?? 0, batch, seed);
  const size = config.image_size;
  return async (step) => {
    const images = new Float32Array(batch * 3 * size * size);
    const labels = new Float32Array(batch * designers.length);
    const which = integers({ seed, stream: 'designer/variant', step, index: 0 }, batch, variants.length);
    order.batch(step).forEach((row, index) => {
      const variant = variants[which[index] as number] as Variant;
      const { image, designer } = variant.pictures[row] as NamedPicture;
      images.set(randomView(image, size, views, { seed, step, index }), index * 3 * size * size);
      labels[index * designers.length + designers.indexOf(designer)] = 1;
    });
    return { images, labels };
  };
}
