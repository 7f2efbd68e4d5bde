import { imageSize, type PictureSize } from '@bradley/formats';
import {
  conditionShapes,
  type DiffusionModel,
  openLatentEncoder,
  openPromptEncoder,
  promptShape,
  vaeScale,
} from '@bradley/models';
import type { Candidate, TrainingPair } from '@bradley/preferences';
import type { DeviceName } from '@bradley/runtime';
import { oneOpen } from '../one-open.js';
import { type Answer, type Proceed, passOver } from '../pass.js';
import { type BucketOptions, nearestSize, pictureSizes } from './buckets.js';
import type { ContentCache } from './content-cache.js';
import { datasetReader, imageEncoder, promptEncoder } from './encoded-entries.js';
import type { EncodedImage, EncodedPrompt, PairDataset, PairShape } from './pair-dataset.js';
import { rememberingCache } from './remembering-cache.js';

/** The passes of encoding, in their order: sizes are looked at only for buckets. */
export type EncodingPass = 'sizes' | 'pictures' | 'prompts';

export interface PairDatasetOptions<Answers extends Answer = 'go'> {
  readonly loadMedia: (candidate: Candidate) => Promise<Uint8Array>;
  /** Pixels of a side of the square that pictures are cut to, or whose area buckets have; null is the model's own. */
  readonly resolution: number | null;
  /** Give pictures sizes near their own shape, instead of cutting the centre square of each. */
  readonly buckets?: BucketOptions | null;
  readonly cache: ContentCache;
  readonly device?: DeviceName;
  readonly threads?: number;
  /** Called at the beginning of each pass. Told to stop, encoding ends, and goes on where it was when it is asked for again. */
  readonly pass?: (what: EncodingPass) => Proceed<Answers>;
}

/** Null where a pass was told to stop. */
export type Encoded<Answers extends Answer> = Answers extends 'stop' ? PairDataset | null : PairDataset;

/** Of latents and prompts, kept in memory: 544 pairs of SD 1.5 at 512×512, 160 of SDXL at 1024×1024. Others are read when they are used. */
export const rememberedBytes = 256 * 2 ** 20;

/**
 * Encodes every picture and then every prompt of the pairs once, into the cache; what is there already is checked. Latents keep mean and
 * log-variance: the draw is made per step.
 */
export function encodePairs<Answers extends Answer = 'go'>(
  model: DiffusionModel,
  pairs: readonly TrainingPair[],
  options: PairDatasetOptions<Answers>,
): Promise<Encoded<Answers>>;
export async function encodePairs(
  model: DiffusionModel,
  pairs: readonly TrainingPair[],
  { loadMedia, resolution, buckets = null, device, threads, pass, ...options }: PairDatasetOptions<Answer>,
): Promise<PairDataset | null> {
  const cache = rememberingCache(options.cache, rememberedBytes);
  const session = { ...(device ? { device } : {}), ...(threads ? { threads } : {}) };
  const sizes = pictureSizes(model, { resolution, buckets });
  const sizeOf = await sizesOfPairs(pairs, sizes, loadMedia, pass);
  if (!sizeOf) return null;
  const used = sizes.map((_, i) => i).filter((i) => sizes.length === 1 || sizeOf.includes(i));
  const shapes = used.map((i) => pairShape(model, sizes[i] as PictureSize));

  // Shape by shape: the VAE is compiled for one at a time.
  const pictures = shapes.flatMap((_, shape) =>
    distinctPictures(pairs.filter((_, i) => sizeOf[i] === used[shape])).map((candidate) => ({ shape, candidate })),
  );
  const vae = oneOpen((shape: number) => openLatentEncoder(model.vae, shapes[shape] as PairShape, session));
  const encodeImage = await imageEncoder(model, { cache, loadMedia });
  const images = await passOver(pictures, pass?.('pictures'), ({ shape, candidate }, counted) =>
    encodeImage(candidate, shapes[shape] as PairShape, (encode) => counted(async () => encode(await vae.at(shape)))),
  ).finally(vae.release);
  if (!images) return null;

  const prompts = [...new Set([...pairs.map(({ prompt }) => prompt), ''])];
  const texts = oneOpen((_: 'all') => openPromptEncoder(model, session));
  const encodePrompt = await promptEncoder(model, cache);
  const encoded = await passOver(prompts, pass?.('prompts'), (prompt, counted) =>
    encodePrompt(
      prompt,
      counted(async () => (await texts.at('all')).encode(prompt)),
    ),
  ).finally(texts.release);
  if (!encoded) return null;

  const imageOf = new Map(pictures.map(({ shape, candidate }, i) => [`${shape} ${candidate.media}`, images[i]]));
  const promptOf = new Map(prompts.map((prompt, i) => [prompt, encoded[i]]));
  const image = (shape: number, { media }: Candidate) => imageOf.get(`${shape} ${media}`) as EncodedImage;
  const conditions = (prompt: string) => promptOf.get(prompt) as EncodedPrompt;
  return {
    pairs: pairs.map(({ id, prompt, chosen, rejected, p }, i) => {
      const shape = used.indexOf(sizeOf[i] as number);
      const sides = { chosen: image(shape, chosen), rejected: image(shape, rejected) };
      return { id, prompt, p, shape, ...sides, conditions: conditions(prompt) };
    }),
    shapes,
    conditions: conditionShapes(model.unet.config, promptShape(model)),
    empty: conditions(''),
    ...datasetReader(cache),
  };
}

/** The pictures of the pairs, each once. */
const distinctPictures = (pairs: readonly Pick<TrainingPair, 'chosen' | 'rejected'>[]): Candidate[] => [
  ...new Map(pairs.flatMap(({ chosen, rejected }) => [chosen, rejected]).map((side) => [side.media, side])).values(),
];

/** The index of the size of each pair. */
async function sizesOfPairs(
  pairs: readonly TrainingPair[],
  sizes: readonly PictureSize[],
  loadMedia: PairDatasetOptions['loadMedia'],
  pass: PairDatasetOptions<Answer>['pass'],
): Promise<number[] | null> {
  if (sizes.length === 1) return pairs.map(() => 0);
  const pictures = distinctPictures(pairs);
  const found = await passOver(pictures, pass?.('sizes'), (candidate, counted) =>
    counted(async () => imageSize(await loadMedia(candidate), candidate.media))(),
  );
  if (!found) return null;
  const sizeOf = new Map(pictures.map(({ media }, i) => [media, found[i] as PictureSize]));
  const size = ({ media }: Candidate) => sizeOf.get(media) as PictureSize;
  return pairs.map(({ chosen, rejected }) => nearestSize(sizes, [size(chosen), size(rejected)]));
}

/** A size with the latents that it gives. */
export function pairShape({ vae }: DiffusionModel, { height, width }: PictureSize): PairShape {
  const scale = vaeScale(vae.config);
  return { height, width, latent: [vae.config.latent_channels, height / scale, width / scale] };
}
