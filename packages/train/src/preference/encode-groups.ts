import { imageSize, type PictureSize } from '@bradley/formats';
import {
  conditionShapes,
  type DiffusionModel,
  openLatentEncoder,
  openPromptEncoder,
  promptShape,
  vaeScale,
} from '@bradley/models';
import type { Candidate, TrainingGroup } from '@bradley/preferences';
import type { DeviceName } from '@bradley/runtime';
import { oneOpen } from '../one-open.js';
import { type Answer, type Proceed, passOver } from '../pass.js';
import { type BucketOptions, nearestSize, pictureSizes } from './buckets.js';
import type { ContentCache } from './content-cache.js';
import { datasetReader, imageEncoder, promptEncoder } from './encoded-entries.js';
import type { EncodedImage, EncodedPrompt, GroupDataset, GroupShape } from './group-dataset.js';
import { rememberingCache } from './remembering-cache.js';

/** The passes of encoding, in their order: sizes are looked at only for buckets. */
export type EncodingPass = 'sizes' | 'pictures' | 'prompts';

export interface GroupDatasetOptions<Answers extends Answer = 'go'> {
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
export type Encoded<Answers extends Answer> = Answers extends 'stop' ? GroupDataset | null : GroupDataset;

/** Of latents and prompts, kept in memory: 544 pairs of SD 1.5 at 512×512, 160 of SDXL at 1024×1024. Others are read when they are used. */
export const rememberedBytes = 256 * 2 ** 20;

/**
 * Encodes every picture and then every prompt of the groups once, into the cache; what is there already is checked. Latents keep mean and
 * log-variance: the draw is made per step.
 */
export function encodeGroups<Answers extends Answer = 'go'>(
  model: DiffusionModel,
  groups: readonly TrainingGroup[],
  options: GroupDatasetOptions<Answers>,
): Promise<Encoded<Answers>>;
export async function encodeGroups(
  model: DiffusionModel,
  groups: readonly TrainingGroup[],
  { loadMedia, resolution, buckets = null, device, threads, pass, ...options }: GroupDatasetOptions<Answer>,
): Promise<GroupDataset | null> {
  const cache = rememberingCache(options.cache, rememberedBytes);
  const session = { ...(device ? { device } : {}), ...(threads ? { threads } : {}) };
  const sizes = pictureSizes(model, { resolution, buckets });
  const sizeOf = await sizesOfGroups(groups, sizes, loadMedia, pass);
  if (!sizeOf) return null;
  const used = usedShapes(groups, sizeOf);
  const shapes = used.map(({ size, sides }) => groupShape(model, sizes[size] as PictureSize, sides));
  const shapeOf = groups.map(({ candidates }, i) =>
    used.findIndex(({ size, sides }) => size === sizeOf[i] && sides === candidates.length),
  );

  // Size by size: the VAE is compiled for one at a time.
  const pictures = shapes.flatMap((_, shape) =>
    distinctPictures(groups.filter((_, i) => shapeOf[i] === shape)).map((candidate) => ({ shape, candidate })),
  );
  const vae = oneOpen((size: number) => openLatentEncoder(model.vae, sizes[size] as PictureSize, session));
  const encodeImage = await imageEncoder(model, { cache, loadMedia });
  const images = await passOver(pictures, pass?.('pictures'), ({ shape, candidate }, counted) =>
    encodeImage(candidate, shapes[shape] as GroupShape, (encode) =>
      counted(async () => encode(await vae.at(used[shape]?.size ?? 0))),
    ),
  ).finally(vae.release);
  if (!images) return null;

  const prompts = [...new Set([...groups.map(({ prompt }) => prompt), ''])];
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
  const conditions = (prompt: string) => promptOf.get(prompt) as EncodedPrompt;
  return {
    groups: groups.map(({ id, prompt, candidates, phi }, i) => {
      const shape = shapeOf[i] as number;
      const sides = candidates.map(({ media }) => imageOf.get(`${shape} ${media}`) as EncodedImage);
      return { id, prompt, phi, shape, images: sides, conditions: conditions(prompt) };
    }),
    shapes,
    conditions: conditionShapes(model.unet.config, promptShape(model)),
    empty: conditions(''),
    ...datasetReader(cache),
  };
}

/** The sizes that groups have, and how many candidates: in the order of sizes, and the most candidates first. */
function usedShapes(groups: readonly TrainingGroup[], sizeOf: readonly number[]): { size: number; sides: number }[] {
  const found = new Map(
    groups.map(({ candidates }, i) => {
      const shape = { size: sizeOf[i] as number, sides: candidates.length };
      return [`${shape.size} ${shape.sides}`, shape];
    }),
  );
  return [...found.values()].toSorted((a, b) => a.size - b.size || b.sides - a.sides);
}

/** The pictures of the groups, each once. */
const distinctPictures = (groups: readonly Pick<TrainingGroup, 'candidates'>[]): Candidate[] => [
  ...new Map(groups.flatMap(({ candidates }) => candidates).map((side) => [side.media, side])).values(),
];

/** The index of the size of each group. */
async function sizesOfGroups(
  groups: readonly TrainingGroup[],
  sizes: readonly PictureSize[],
  loadMedia: GroupDatasetOptions['loadMedia'],
  pass: GroupDatasetOptions<Answer>['pass'],
): Promise<number[] | null> {
  if (sizes.length === 1) return groups.map(() => 0);
  const pictures = distinctPictures(groups);
  const found = await passOver(pictures, pass?.('sizes'), (candidate, counted) =>
    counted(async () => imageSize(await loadMedia(candidate), candidate.media))(),
  );
  if (!found) return null;
  const sizeOf = new Map(pictures.map(({ media }, i) => [media, found[i] as PictureSize]));
  return groups.map(({ candidates }) =>
    nearestSize(
      sizes,
      candidates.map(({ media }) => sizeOf.get(media) as PictureSize),
    ),
  );
}

/** A size with the latents that it gives, for groups of so many. */
export function groupShape({ vae }: DiffusionModel, { height, width }: PictureSize, sides: number): GroupShape {
  const scale = vaeScale(vae.config);
  return { height, width, sides, latent: [vae.config.latent_channels, height / scale, width / scale] };
}
