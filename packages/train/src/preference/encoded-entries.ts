import { decodeImage, float32Tensor, type Tensor, toFloat32, toModelRange } from '@bradley/formats';
import { type DiffusionModel, type LatentEncoder, type PromptConditions, promptShape } from '@bradley/models';
import type { Candidate } from '@bradley/preferences';
import { type ContentCache, cacheKey, entryPath, fingerprint } from './content-cache.js';
import type { EncodedImage, EncodedPrompt, GroupDataset, GroupShape } from './group-dataset.js';

type Entry = Map<string, Tensor>;

/** Encodes a picture, unless the cache has it. */
export async function imageEncoder(
  { vae }: DiffusionModel,
  { cache, loadMedia }: { cache: ContentCache; loadMedia: (candidate: Candidate) => Promise<Uint8Array> },
): Promise<
  (
    candidate: Candidate,
    size: GroupShape,
    withEncoder: (encode: (encoder: LatentEncoder) => Promise<Entry>) => () => Promise<Entry>,
  ) => Promise<EncodedImage>
> {
  const facts = await fingerprint(vae.tensors, vae.config);
  return async (candidate, size, withEncoder) => {
    const sizeKey = size.height === size.width ? `${size.height}` : `${size.height}×${size.width}`;
    const bytes = await loadMedia(candidate);
    const key = cacheKey('latents', facts, sizeKey, bytes);
    const encode = async (encoder: LatentEncoder): Promise<Entry> => {
      const image = await toModelRange(await decodeImage(bytes, { name: candidate.media }), size);
      const { mean, logvar } = await encoder.encode(image.data);
      const geometry = Float32Array.of(...image.originalSize, ...image.cropOffset);
      return new Map([
        ['mean', float32Tensor(size.latent, mean)],
        ['logvar', float32Tensor(size.latent, logvar)],
        ['geometry', float32Tensor([4], geometry)],
      ]);
    };
    const entry = await cache.get(key, withEncoder(encode));
    return { geometry: [...read(entry, 'geometry')], content: cacheKey(bytes), key };
  };
}

/** Encodes a prompt, unless the cache has it. */
export async function promptEncoder(
  model: DiffusionModel,
  cache: ContentCache,
): Promise<(prompt: string, encode: () => Promise<PromptConditions>) => Promise<EncodedPrompt>> {
  const { textEncoders } = model;
  const { shape } = promptShape(model);
  const facts = cacheKey(...(await Promise.all(textEncoders.map((part) => fingerprint(part.tensors, part.config)))));
  return async (prompt, encode) => {
    // The ids, not the words: another tokenizer makes another prompt of them.
    const ids = textEncoders.map(({ tokenizer }) => `${tokenizer.encode(prompt).ids.join()} ${tokenizer.padId}`);
    const key = cacheKey('prompt', facts, ...ids);
    await cache.get(key, async () => {
      const { encoderHiddenStates, textEmbeds } = await encode();
      const hidden = ['encoderHiddenStates', float32Tensor(shape, encoderHiddenStates)] as const;
      return new Map(
        textEmbeds ? [hidden, ['textEmbeds', float32Tensor([textEmbeds.length], textEmbeds)] as const] : [hidden],
      );
    });
    return { key };
  };
}

/** Reads what was encoded. @throws Error where it is not there any more, or not as it was written */
export function datasetReader(cache: ContentCache): Pick<GroupDataset, 'readImage' | 'readPrompt'> {
  const entry = (key: string, what: string) =>
    cache.get(key, async () => {
      throw new Error(
        `the cache has lost ${what}: ${entryPath(key)} was there when the run began, and is now missing or damaged. Does something ` +
          'clear the cache, or is the disk full or failing? Resume the run: what is missing is encoded again.',
      );
    });
  return {
    async readImage({ key }) {
      const tensors = await entry(key, 'the latents of a picture');
      return { mean: read(tensors, 'mean'), logvar: read(tensors, 'logvar') };
    },
    async readPrompt({ key }) {
      const tensors = await entry(key, 'an encoded prompt');
      const textEmbeds = tensors.has('textEmbeds') ? read(tensors, 'textEmbeds') : null;
      return { encoderHiddenStates: read(tensors, 'encoderHiddenStates'), textEmbeds };
    },
  };
}

function read(tensors: ReadonlyMap<string, Tensor>, name: string): Float32Array {
  const tensor = tensors.get(name);
  if (!tensor) throw new Error(`a cache entry has no '${name}': remove the cache folder`);
  return toFloat32(tensor);
}
