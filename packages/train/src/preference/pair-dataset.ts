import { decodeImage, float32Tensor, type Tensor, toFloat32, toModelRange } from '@bradley/formats';
import {
  conditionShapes,
  type DiffusionModel,
  openLatentEncoder,
  openPromptEncoder,
  type PromptConditions,
  scaleLatents,
  vaeScale,
} from '@bradley/models';
import type { Candidate, TrainingPair } from '@bradley/preferences';
import { type DeviceName, normal, type RandomKey } from '@bradley/runtime';
import { type ContentCache, cacheKey, fingerprint } from './content-cache.js';

/** What something was made from: by its own content alone, and with what encoded it, as the cache knows it. */
interface Origin {
  readonly content: string;
  readonly key: string;
}

/** A picture as the UNet is trained on it. */
interface EncodedImage extends Origin {
  readonly mean: Float32Array;
  readonly logvar: Float32Array;
  /** Original height and width, crop top and left. */
  readonly geometry: Float32Array;
}

/** A prompt as the text encoders give it, and which of their outputs it is. */
export interface EncodedPrompt extends PromptConditions, Pick<Origin, 'key'> {}

export interface EncodedPair extends Pick<TrainingPair, 'id' | 'prompt' | 'p'> {
  readonly chosen: EncodedImage;
  readonly rejected: EncodedImage;
  readonly conditions: EncodedPrompt;
}

/** Pairs with their pictures and prompts encoded: VAE and text encoders are closed, and what they gave is on disk. */
export interface PairDataset {
  readonly pairs: readonly EncodedPair[];
  /** (C, h, w) */
  readonly latent: readonly [number, number, number];
  readonly conditions: Readonly<Record<string, readonly number[]>>;
  /** What the empty prompt is encoded to: caption dropout swaps it in. */
  readonly empty: EncodedPrompt;
  readonly resolution: number;
}

export interface PairDatasetOptions {
  readonly loadMedia: (candidate: Candidate) => Promise<Uint8Array>;
  /** Pixels of a side after scaling and centre crop; null is the model's own. */
  readonly resolution: number | null;
  readonly cache: ContentCache;
  readonly device?: DeviceName;
  readonly threads?: number;
  readonly onProgress?: (done: number, total: number) => void;
}

/** Encodes every picture and prompt of the pairs once. Latents keep mean and log-variance: the draw is made per step. */
export async function encodePairs(
  folder: DiffusionModel,
  pairs: readonly TrainingPair[],
  { loadMedia, resolution: wanted, cache, onProgress, ...session }: PairDatasetOptions,
): Promise<PairDataset> {
  const scale = vaeScale(folder.vae.config);
  const resolution = wanted ?? (folder.unet.config.sample_size ?? 64) * scale;
  if (resolution % scale) throw new RangeError(`resolution ${resolution}: this VAE needs a multiple of ${scale}`);
  const prompts = await openPromptEncoder(folder, session);
  const encoder = await openLatentEncoder(folder.vae, { height: resolution, width: resolution }, session);
  const vaeFacts = await fingerprint(folder.vae.tensors, folder.vae.config);
  const textFacts = cacheKey(
    ...(await Promise.all(folder.textEncoders.map((part) => fingerprint(part.tensors, part.config)))),
  );

  const encodeImage = async (candidate: Candidate): Promise<EncodedImage> => {
    const bytes = await loadMedia(candidate);
    const key = cacheKey('latents', vaeFacts, `${resolution}`, bytes);
    const tensors = await cache.get(key, async () => {
      const image = await toModelRange(await decodeImage(bytes, { name: candidate.media }), resolution);
      const { mean, logvar } = await encoder.encode(image.data);
      const geometry = Float32Array.of(...image.originalSize, ...image.cropOffset);
      return new Map([
        ['mean', float32Tensor(encoder.shape, mean)],
        ['logvar', float32Tensor(encoder.shape, logvar)],
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
  const encodePrompt = async (prompt: string): Promise<EncodedPrompt> => {
    // The ids, not the words: another tokenizer makes another prompt of them.
    const ids = folder.textEncoders.map(({ tokenizer }) => `${tokenizer.encode(prompt).ids.join()} ${tokenizer.padId}`);
    const key = cacheKey('prompt', textFacts, ...ids);
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

  const images = memo((candidate: Candidate) => candidate.media, encodeImage);
  const texts = memo((prompt: string) => prompt, encodePrompt);
  const encoded: EncodedPair[] = [];
  for (const { id, prompt, chosen, rejected, p } of pairs) {
    const [chosenImage, rejectedImage, conditions] = [
      await images(chosen),
      await images(rejected),
      await texts(prompt),
    ];
    encoded.push({ id, prompt, chosen: chosenImage, rejected: rejectedImage, conditions, p });
    onProgress?.(encoded.length, pairs.length);
  }
  const empty = await texts('');
  const conditions = conditionShapes(folder.unet.config, prompts);
  await Promise.all([encoder.release(), prompts.release()]);
  return { pairs: encoded, latent: encoder.shape, conditions, empty, resolution };
}

/** One draw from an image's posterior, scaled as the UNet takes it. */
export function drawLatent(
  { mean, logvar }: EncodedImage,
  folder: DiffusionModel,
  key: Omit<RandomKey, 'stream'> & { readonly stream?: string },
): Float32Array {
  const noise = normal({ stream: 'posterior', ...key }, mean.length);
  return scaleLatents(
    mean.map((m, i) => m + Math.exp(0.5 * (logvar[i] as number)) * (noise[i] as number)),
    folder.vae.config,
  );
}

/** Names a pair by its pictures and its prompt, wherever they lie and whoever compared them. */
export function contentOf({ chosen, rejected, prompt }: EncodedPair): string {
  return cacheKey(chosen.content, rejected.content, prompt);
}

/** How beautiful the refiner of SDXL is told that a picture is: what diffusers and the authors of Diffusion-DPO tell it. */
const aestheticScore = 6;

/** SDXL's time ids of a pair: the chosen picture's size and crop, and the size it is trained at; of the refiner, the score. */
export function timeIds({ chosen }: EncodedPair, { resolution, conditions }: PairDataset): Float32Array {
  const last = conditions.timeIds?.[0] === 5 ? [aestheticScore] : [resolution, resolution];
  return Float32Array.of(...chosen.geometry, ...last);
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
