import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { float32ToFloat16, loadTokenizer, type Tensor, writeFileAtomic, writeSafetensors } from '@bradley/formats';
import { type DiffusionModel, openDiffusionModel } from '@bradley/models';
import { integers, permutation, uniform } from '@bradley/runtime';
import { clipPreprocessing, type Job, trainStage } from '@bradley/train';
import { applyLook } from '../../arena/looks.js';
import { categories, emojiFolder } from '../names.js';
import { type NamedPicture, readEmojiPictures } from '../pictures.js';
import { randomView } from '../random-view.js';
import { categoryHead, emojiClipLoss } from './clip-loss.js';
import { keptRedrawings } from './clip-pictures.js';
import { openEmojiClip } from './open-emoji-clip.js';
import { type EmojiClipRecipe, emojiClipRecipe, heldOutDesign } from './recipe.js';
import { measureRetrieval, type Retrieval } from './retrieval.js';

export interface EmojiClipTraining {
  /** The model whose pictures will be scored, a diffusers folder, and whose tokenizer it is. Default the emoji model. */
  readonly model?: string;
  /** The run folder; a second call goes on where the first was stopped. */
  readonly runs: string;
  /** The folder to write, a transformers CLIPModel. */
  readonly output: string;
  readonly recipe?: EmojiClipRecipe;
  readonly threads?: number;
}

/** Retrieval of pictures that the scorer was not trained on: real ones, and drawn by the model from a share of the way to noise. */
export type EmojiClipReport = readonly (Retrieval & { readonly pictureKind: string })[];

/** Trains the scorer of the emoji world, writes it, and measures what it wrote. Null when the run was asked to stop. */
export async function trainEmojiClip(training: EmojiClipTraining): Promise<EmojiClipReport | null> {
  const { model = emojiFolder, runs, output, recipe = emojiClipRecipe, threads } = training;
  const options = threads ? { threads } : {};
  const folder = await openDiffusionModel(model);
  await mkdir(runs, { recursive: true });
  const pictures = await readEmojiPictures();
  const taught = pictures.filter(({ name, designer }) => heldOutDesign(name) !== designer);
  const variants = await variantsOf(taught, folder, runs, 'taught', recipe, recipe.train.seed, options);
  const loss = emojiClipLoss(recipe.config, recipe.train.batch, recipe.categoryWeight);
  const weights = await trainStage(join(runs, 'emoji-clip'), loss, recipe.train, {
    batch: await batches(recipe, variants, join(model, 'tokenizer')),
    threads,
    runConfig: JSON.stringify(recipe, null, 2),
  });
  if (!weights) return null;

  const tensors = loss.trainables.flatMap(({ name, shape }): [string, Tensor][] => {
    const data = float32ToFloat16(weights[name] ?? new Float32Array());
    return name.startsWith(categoryHead) ? [] : [[name, { dtype: 'float16', shape, data }]];
  });
  await mkdir(output, { recursive: true });
  await cp(join(model, 'tokenizer'), output, { recursive: true });
  await writeSafetensors(join(output, 'model.safetensors'), new Map(tensors), { format: 'pt' });
  await writeFileAtomic(join(output, 'config.json'), json(transformersConfig(recipe)));
  await writeFileAtomic(
    join(output, 'preprocessor_config.json'),
    json(clipPreprocessing(recipe.config.vision_config.image_size)),
  );
  return reportEmojiClip({ folder, pictures, runs, output, recipe, options });
}

const json = (value: object): string => `${JSON.stringify(value, null, 2)}\n`;

function transformersConfig({ config: { projection_dim, logit_scale_init_value, ...parts } }: EmojiClipRecipe): object {
  return {
    architectures: ['CLIPModel'],
    model_type: 'clip',
    projection_dim,
    logit_scale_init_value,
    text_config: { model_type: 'clip_text_model', ...parts.text_config },
    vision_config: { model_type: 'clip_vision_model', ...parts.vision_config },
  };
}

interface Variant {
  readonly kind: string;
  readonly pictures: readonly NamedPicture[];
}

async function variantsOf(
  pictures: readonly NamedPicture[],
  folder: DiffusionModel,
  runs: string,
  set: string,
  { strengths }: EmojiClipRecipe,
  seed: number,
  options: { readonly threads?: number },
): Promise<Variant[]> {
  const variants: Variant[] = [{ kind: 'real', pictures }];
  for (const strength of strengths) {
    const file = join(runs, `${set}-redrawn-${strength}.safetensors`);
    const images = await keptRedrawings(file, pictures, folder, { strength, seed, ...options });
    const kind = strength === 1 ? 'drawn from noise' : `redrawn, strength ${strength}`;
    variants.push({ kind, pictures: pictures.map((of, i) => ({ ...of, image: images[i] as Float32Array })) });
  }
  return variants;
}

/** A batch holds no name twice; of each a picture of some design and variant. */
async function batches(
  recipe: EmojiClipRecipe,
  variants: readonly Variant[],
  tokenizerFolder: string,
): Promise<Job['batch']> {
  const { config, train, views, looks } = recipe;
  const { batch, seed } = train;
  const { image_size: size } = config.vision_config;
  const tokenizer = await loadTokenizer(tokenizerFolder);
  const maxLength = config.text_config.max_position_embeddings;
  const byName = new Map<string, NamedPicture[]>();
  for (const picture of variants.flatMap(({ pictures }) => pictures))
    byName.set(picture.name, [...(byName.get(picture.name) ?? []), picture]);
  const names = [...byName].map(([name, pictures]) => ({
    pictures,
    ids: tokenizer.encode(name, { maxLength, padding: 'max', truncation: true }).ids,
  }));
  return async (step) => {
    const images = new Float32Array(batch * 3 * size * size);
    const kinds = new Float32Array(batch * categories.length);
    const ids: number[] = [];
    const key = { seed, step, index: 0 };
    const order = permutation({ ...key, stream: 'emoji-clip/names' }, names.length);
    const which = integers({ ...key, stream: 'emoji-clip/pictures' }, batch, 2 ** 20);
    const draws = uniform({ ...key, stream: 'emoji-clip/looks' }, 4 * batch);
    for (let index = 0; index < batch; index++) {
      const of = names[order[index] as number] as (typeof names)[number];
      const { image, category } = of.pictures[(which[index] as number) % of.pictures.length] as NamedPicture;
      const [looked, warm, light, vivid] = [...draws.subarray(4 * index, 4 * index + 4)] as [
        number,
        number,
        number,
        number,
      ];
      const seen =
        looked < looks ? applyLook(image, { warm: 2 * warm - 1, light: 2 * light - 1, vivid: 2 * vivid - 1 }) : image;
      images.set(randomView(seen, size, views, { seed, step, index }), index * 3 * size * size);
      kinds[index * categories.length + categories.indexOf(category)] = 1;
      ids.push(...of.ids);
    }
    return { images, categories: kinds, inputIds: BigInt64Array.from(ids, BigInt) };
  };
}

interface Reporting {
  readonly folder: DiffusionModel;
  readonly pictures: readonly NamedPicture[];
  readonly runs: string;
  readonly output: string;
  readonly recipe: EmojiClipRecipe;
  readonly options: { readonly threads?: number };
}

/** Pictures kept from training, and one drawing of every name from a seed of its own. */
async function reportEmojiClip({
  folder,
  pictures,
  runs,
  output,
  recipe,
  options,
}: Reporting): Promise<EmojiClipReport> {
  const judged = pictures.filter(({ name, designer }) => heldOutDesign(name) === designer);
  const prompts = [...new Set(pictures.map(({ name }) => name))];
  const seed = recipe.train.seed + 1;
  const variants = await variantsOf(judged, folder, runs, 'judged', { ...recipe, strengths: [0.5] }, seed, options);
  const blank = pictures.filter((_, i) => i % (pictures.length / prompts.length) === 0);
  variants.push(
    ...(await variantsOf(blank, folder, runs, 'prompts', { ...recipe, strengths: [1] }, seed, options)).slice(1),
  );
  const towers = await openEmojiClip(output, options);
  const report: (Retrieval & { pictureKind: string })[] = [];
  for (const { kind, pictures: of } of variants)
    report.push({ pictureKind: kind, ...(await measureRetrieval(towers, of, prompts)) });
  await towers.release();
  return report;
}
