import { join } from 'node:path';
import { float32Tensor, writeSafetensors } from '@bradley/formats';
import { input } from '@bradley/graph';
import { clipModel, paramsOf, trainableStore } from '@bradley/models';
import { clipContrastive } from '@bradley/objectives';
import { integers } from '@bradley/runtime';
import {
  type ClipFolder,
  type LossGraph,
  openClipFolder,
  picturePixels,
  promptIds,
  type TrainingRecipe,
  trainStage,
  writeNewClip,
} from '@bradley/train';
import { writeWordTokenizer } from 'bradley';
import { captionOf, captionWords } from './captions.js';
import { drawPicture, look, type Seen, type ShapeName, side, type Wish, wishes } from './world.js';

interface Tower {
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
}

/** A CLIP that is taught pictures and captions of this world, and no preference. */
export interface TeachingRecipe {
  readonly vision: Tower & { readonly size: number; readonly patch: number };
  readonly text: Tower;
  readonly projection: number;
  readonly pictures: number;
  readonly train: TrainingRecipe;
  /** exp(logit_scale) as it is written: how far apart preferences begin to be. Training's own serves a softmax over a whole batch. */
  readonly logitScale: number;
}

/** Words of the longest caption, and its two ends. */
const tokens = 6;

/** Teaches a CLIP of random weights, and writes it to `folder`/clip. */
export async function teachClip(folder: string, recipe: TeachingRecipe, threads: number): Promise<string> {
  const { seed, batch } = recipe.train;
  const path = join(folder, 'clip');
  await writeUntaught(folder, path, recipe);
  const clip = await openClipFolder(path);
  const weights = await trainStage(join(folder, 'captions'), captionLoss(clip, batch), recipe.train, {
    batch: captionedBatches(clip, await captioned(clip, recipe.pictures, seed), batch, seed),
    threads,
    runConfig: JSON.stringify(recipe, null, 2),
  });
  if (!weights) throw new Error(`${folder}: the teaching of captions was stopped.`);
  const { trainables } = captionLoss(clip, batch);
  const tensors = trainables.map(
    ({ name, shape }) => [name, float32Tensor(shape, weights[name] as Float32Array)] as const,
  );
  const scale = float32Tensor([], Float32Array.of(Math.log(recipe.logitScale)));
  await writeSafetensors(join(path, 'model.safetensors'), new Map([...tensors, ['logit_scale', scale]]), {
    format: 'pt',
  });
  return path;
}

async function writeUntaught(
  folder: string,
  path: string,
  { vision, text, projection, train }: TeachingRecipe,
): Promise<void> {
  const tokenizer = join(folder, 'tokenizer');
  await writeWordTokenizer(tokenizer, captionWords);
  const tower = ({ width, layers, heads }: Tower) => ({
    hidden_size: width,
    intermediate_size: 4 * width,
    num_hidden_layers: layers,
    num_attention_heads: heads,
    hidden_act: 'gelu' as const,
  });
  await writeNewClip(path, {
    seed: train.seed,
    tokenizer,
    config: {
      projection_dim: projection,
      text_config: {
        ...tower(text),
        vocab_size: 40,
        max_position_embeddings: tokens,
        projection_dim: projection,
        bos_token_id: 2,
        eos_token_id: 3,
        pad_token_id: 0,
      },
      vision_config: { ...tower(vision), image_size: vision.size, patch_size: vision.patch },
    },
  });
}

function captionLoss({ part: { config } }: ClipFolder, batch: number): LossGraph {
  const store = trainableStore();
  const { image_size: size, num_channels: channels } = config.vision_config;
  const ids = input('inputIds', [batch, tokens], 'int64');
  const output = clipModel(paramsOf(store), config, ids, input('pixels', [batch, channels, size, size]));
  return { ...clipContrastive(output), trainables: store.trainables };
}

interface CaptionedPicture {
  readonly pixels: Float32Array;
  readonly seen: Seen;
  readonly shape: ShapeName;
}

async function captioned(clip: ClipFolder, count: number, seed: number): Promise<CaptionedPicture[]> {
  const stream = 'planted/captioned';
  const chosen = integers({ seed, stream, step: 0, index: 0 }, count, wishes.length);
  return Array.from(chosen, (index, i) => {
    const wish = wishes[index] as Wish;
    const picture = drawPicture(wish, { seed, stream, step: i, index: 1 });
    const pixels = picturePixels(clip, { width: side, height: side, data: picture });
    return { pixels, seen: look(picture) as Seen, shape: wish.shape };
  });
}

/** Every picture gets a new caption whenever it is shown; a batch holds no caption twice. */
function captionedBatches(clip: ClipFolder, pictures: readonly CaptionedPicture[], batch: number, seed: number) {
  const known = new Map<string, readonly number[]>();
  const idsOf = (caption: string): readonly number[] => {
    const ids = known.get(caption) ?? promptIds(clip, caption, tokens);
    known.set(caption, ids);
    return ids;
  };
  return async (step: number) => {
    const shown = new Map<string, Float32Array>();
    const stream = 'planted/shown';
    const draws = integers({ seed, stream, step, index: 0 }, 4 * batch, pictures.length);
    for (let index = 0; shown.size < batch; index++) {
      if (index === draws.length) throw new Error(`${draws.length} pictures have fewer than ${batch} captions.`);
      const { seen, shape, pixels } = pictures[draws[index] as number] as CaptionedPicture;
      const caption = captionOf(seen, shape, { seed, stream, step, index });
      if (!shown.has(caption)) shown.set(caption, pixels);
    }
    const images = new Float32Array(batch * (pictures[0]?.pixels.length ?? 0));
    [...shown.values()].forEach((pixels, i) => {
      images.set(pixels, i * pixels.length);
    });
    const ids = [...shown.keys()].flatMap((caption) => [...idsOf(caption)]);
    return { pixels: images, inputIds: BigInt64Array.from(ids, BigInt) };
  };
}
