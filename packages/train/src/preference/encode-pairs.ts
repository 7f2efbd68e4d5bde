import {
  decodeImage,
  float32Tensor,
  imageSize,
  type PictureSize,
  type Tensor,
  toFloat32,
  toModelRange,
} from '@bradley/formats';
import {
  conditionShapes,
  type DiffusionModel,
  type LatentEncoder,
  openLatentEncoder,
  openPromptEncoder,
  type PromptEncoder,
  vaeScale,
} from '@bradley/models';
import type { Candidate, TrainingPair } from '@bradley/preferences';
import type { DeviceName, SessionOptions } from '@bradley/runtime';
import { type BucketOptions, nearestSize, pictureSizes } from './buckets.js';
import { type ContentCache, cacheKey, fingerprint } from './content-cache.js';
import type { EncodedImage, EncodedPair, EncodedPrompt, PairDataset, PairShape } from './pair-dataset.js';

export interface PairDatasetOptions {
  readonly loadMedia: (candidate: Candidate) => Promise<Uint8Array>;
  /** Pixels of a side of the square that pictures are cut to, or whose area buckets have; null is the model's own. */
  readonly resolution: number | null;
  /** Give pictures sizes near their own shape, instead of cutting the centre square of each. */
  readonly buckets?: BucketOptions | null;
  readonly cache: ContentCache;
  readonly device?: DeviceName;
  readonly threads?: number;
  readonly onProgress?: (done: number, total: number) => void;
}

/** Encodes every picture and prompt of the pairs once. Latents keep mean and log-variance: the draw is made per step. */
export async function encodePairs(
  model: DiffusionModel,
  pairs: readonly TrainingPair[],
  options: PairDatasetOptions,
): Promise<PairDataset> {
  const { cache, onProgress } = options;
  const { device, threads } = options;
  const session = { ...(device ? { device } : {}), ...(threads ? { threads } : {}) };
  const sizes = pictureSizes(model, { resolution: options.resolution, buckets: options.buckets ?? null });
  const sizeOf = await sizesOfPairs(pairs, sizes, options.loadMedia);
  const used = sizes.map((_, i) => i).filter((i) => sizes.length === 1 || sizeOf.includes(i));
  const shapes = used.map((i) => pairShape(model, sizes[i] as PictureSize));

  const prompts = await openPromptEncoder(model, session);
  try {
    const texts = memo((prompt: string) => prompt, await promptEncoder(model, prompts, cache));
    const encoded = new Map<number, EncodedPair>();
    // Shape by shape: the VAE is compiled for one at a time.
    for (const [shape, size] of shapes.entries()) {
      const { open, release } = latentEncoder(model, size, session);
      const images = memo(({ media }: Candidate) => media, await imageEncoder(model, size, open, options));
      for (const [i, { id, prompt, chosen, rejected, p }] of pairs.entries()) {
        if (sizeOf[i] !== used[shape]) continue;
        const sides = { chosen: await images(chosen), rejected: await images(rejected) };
        encoded.set(i, { id, prompt, p, shape, ...sides, conditions: await texts(prompt) });
        onProgress?.(encoded.size, pairs.length);
      }
      await release();
    }
    const conditions = conditionShapes(model.unet.config, prompts);
    return { pairs: pairs.map((_, i) => encoded.get(i) as EncodedPair), shapes, conditions, empty: await texts('') };
  } finally {
    await prompts.release();
  }
}

/** The VAE's encoder for a size, opened when the first picture is not in the cache. */
function latentEncoder(
  { vae }: DiffusionModel,
  size: PictureSize,
  options: SessionOptions,
): { open: () => Promise<LatentEncoder>; release: () => Promise<void> } {
  let encoder: Promise<LatentEncoder> | null = null;
  return {
    open() {
      encoder ??= openLatentEncoder(vae, size, options);
      return encoder;
    },
    release: async () => (await encoder)?.release(),
  };
}

/** The index of the size of each pair. */
async function sizesOfPairs(
  pairs: readonly TrainingPair[],
  sizes: readonly PictureSize[],
  loadMedia: PairDatasetOptions['loadMedia'],
): Promise<number[]> {
  if (sizes.length === 1) return pairs.map(() => 0);
  const measure = memo(
    ({ media }: Candidate) => media,
    async (candidate) => imageSize(await loadMedia(candidate), candidate.media),
  );
  const found: number[] = [];
  for (const { chosen, rejected } of pairs)
    found.push(nearestSize(sizes, [await measure(chosen), await measure(rejected)]));
  return found;
}

/** A size with the latents that it gives. */
export function pairShape({ vae }: DiffusionModel, { height, width }: PictureSize): PairShape {
  const scale = vaeScale(vae.config);
  return { height, width, latent: [vae.config.latent_channels, height / scale, width / scale] };
}

async function imageEncoder(
  { vae }: DiffusionModel,
  size: PairShape,
  open: () => Promise<LatentEncoder>,
  { cache, loadMedia }: Pick<PairDatasetOptions, 'cache' | 'loadMedia'>,
): Promise<(candidate: Candidate) => Promise<EncodedImage>> {
  const facts = await fingerprint(vae.tensors, vae.config);
  const sizeKey = size.height === size.width ? `${size.height}` : `${size.height}×${size.width}`;
  return async (candidate) => {
    const bytes = await loadMedia(candidate);
    const key = cacheKey('latents', facts, sizeKey, bytes);
    const tensors = await cache.get(key, async () => {
      const image = await toModelRange(await decodeImage(bytes, { name: candidate.media }), size);
      const { mean, logvar } = await (await open()).encode(image.data);
      const geometry = Float32Array.of(...image.originalSize, ...image.cropOffset);
      return new Map([
        ['mean', float32Tensor(size.latent, mean)],
        ['logvar', float32Tensor(size.latent, logvar)],
        ['geometry', float32Tensor([4], geometry)],
      ]);
    });
    return {
      mean: read(tensors, 'mean'),
      logvar: read(tensors, 'logvar'),
      geometry: read(tensors, 'geometry'),
      content: cacheKey(bytes),
      key,
    };
  };
}

async function promptEncoder(
  { textEncoders }: DiffusionModel,
  prompts: PromptEncoder,
  cache: ContentCache,
): Promise<(prompt: string) => Promise<EncodedPrompt>> {
  const facts = cacheKey(...(await Promise.all(textEncoders.map((part) => fingerprint(part.tensors, part.config)))));
  return async (prompt) => {
    // The ids, not the words: another tokenizer makes another prompt of them.
    const ids = textEncoders.map(({ tokenizer }) => `${tokenizer.encode(prompt).ids.join()} ${tokenizer.padId}`);
    const key = cacheKey('prompt', facts, ...ids);
    const tensors = await cache.get(key, async () => {
      const { encoderHiddenStates, textEmbeds } = await prompts.encode(prompt);
      const hidden = ['encoderHiddenStates', float32Tensor(prompts.shape, encoderHiddenStates)] as const;
      return new Map(
        textEmbeds ? [hidden, ['textEmbeds', float32Tensor([textEmbeds.length], textEmbeds)] as const] : [hidden],
      );
    });
    return {
      encoderHiddenStates: read(tensors, 'encoderHiddenStates'),
      textEmbeds: tensors.has('textEmbeds') ? read(tensors, 'textEmbeds') : null,
      key,
    };
  };
}

function read(tensors: ReadonlyMap<string, Tensor>, name: string): Float32Array {
  const tensor = tensors.get(name);
  if (!tensor) throw new Error(`a cache entry has no '${name}': remove the cache folder`);
  return toFloat32(tensor);
}

function memo<Key, T>(keyOf: (of: Key) => string, make: (of: Key) => Promise<T>): (of: Key) => Promise<T> {
  const known = new Map<string, Promise<T>>();
  return (of) => {
    const key = keyOf(of);
    const value = known.get(key) ?? make(of);
    known.set(key, value);
    return value;
  };
}
