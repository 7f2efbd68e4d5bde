import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import {
  elementCount,
  openSafetensors,
  SafetensorsError,
  type SafetensorsFile,
  type TensorSource,
  tensorTypes,
  writeSafetensors,
} from '@bradley/formats';
import type { Part, StoredTensor, UNetConfig } from '@bradley/models';
import { cacheKey, fingerprint } from '../preference/content-cache.js';
import { type FrozenPrecision, precisions } from './precisions.js';

export interface FrozenPartOptions {
  /** Tensors of fewer numbers stay as they are: norms, biases, small kernels. Default 2^18. */
  readonly smallest?: number;
  /** Called after each tensor while the file is written: not at all where it is there already. */
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void | Promise<void>;
}

/** A network to read frozen weights from. */
export interface FrozenPart {
  readonly part: Part<UNetConfig>;
  /** How many of its tensors are kept in the precision asked for, besides those that were so already. */
  readonly converted: number;
  /** Where these lie; null where there are none. */
  readonly file: string | null;
}

/**
 * A network whose large matrices and kernels are kept in 16 or 8 bits, for what reads it without training it. They are rounded once,
 * into `weights/<key>.safetensors` of the cache folder, and found again by the paths, sizes and times of the model's files; everything
 * else is read where it lies. The file is written tensor by tensor, and whole or not at all; one that does not fit its own header, or
 * not the model, is written anew.
 *
 * float16 rounds float32 to nearest even, and leaves weights of 16 bits as they are. int8 rounds each row (output channel) to 255 evenly
 * spaced numbers: see `toInt8Rows`.
 *
 * @throws Error naming the tensor that has a number which the precision cannot hold
 */
export async function frozenPart(
  unet: Part<UNetConfig>,
  precision: FrozenPrecision,
  cacheFolder: string,
  { smallest = smallestRounded, onProgress }: FrozenPartOptions = {},
): Promise<FrozenPart> {
  if (precision === 'stored') return { part: unet, converted: 0, file: null };
  const { written, place } = precisions[precision];
  const chosen = chosenTensors(unet, precision, smallest);
  if (chosen.length === 0) return { part: unet, converted: 0, file: null };
  const sources = new Map(chosen.flatMap(([name, stored]) => written(name, stored)));
  const key = cacheKey('frozen weights', precision, `${smallest}`, await fingerprint(unet.tensors, unet.config));
  const path = join(cacheFolder, 'weights', `${key}.safetensors`);
  const file = (await openWritten(path, sources)) ?? (await write(path, sources, onProgress));
  const entry = (name: string) => file.tensors.get(name) as NonNullable<ReturnType<typeof file.tensors.get>>;
  const rounded = chosen.map(([name]): [string, StoredTensor] => [name, place(name, entry, path)]);
  return {
    part: { ...unet, tensors: new Map([...unet.tensors, ...rounded]) },
    converted: chosen.length,
    file: path,
  };
}

/**
 * What `frozenPart` would give, with the bytes that each tensor would take; nothing is written, and there is no such file.
 */
export function plannedFrozenPart(unet: Part<UNetConfig>, precision: FrozenPrecision): Part<UNetConfig> {
  if (precision === 'stored') return unet;
  const { written, place } = precisions[precision];
  let offset = 0;
  const planned = chosenTensors(unet, precision, smallestRounded).map(([name, stored]): [string, StoredTensor] => {
    const entries = new Map(
      written(name, stored).map(([of, { dtype, shape }]) => {
        const byteLength = elementCount(shape) * tensorTypes[dtype].bytes;
        offset += byteLength;
        return [of, { dtype, shape, offset: offset - byteLength, byteLength }];
      }),
    );
    return [name, place(name, (of) => entries.get(of) as never, `${precision} weights of ${unet.path}`)];
  });
  return { ...unet, tensors: new Map([...unet.tensors, ...planned]) };
}

const smallestRounded = 2 ** 18;

function chosenTensors(
  { tensors }: Part<UNetConfig>,
  precision: Exclude<FrozenPrecision, 'stored'>,
  smallest: number,
): [string, StoredTensor][] {
  const { converts } = precisions[precision];
  return [...tensors].filter(
    ([, { dtype, shape }]) =>
      shape.length >= 2 && elementCount(shape) >= smallest && converts.some((type) => type === dtype),
  );
}

/** The file at that path, if it is whole and holds these tensors. */
async function openWritten(path: string, sources: ReadonlyMap<string, TensorSource>): Promise<SafetensorsFile | null> {
  const file = await openSafetensors(path).catch((error) => {
    if (error instanceof SafetensorsError) return null;
    throw error;
  });
  const fits =
    file?.tensors.size === sources.size &&
    [...sources].every(([name, { dtype, shape }]) => {
      const entry = file.tensors.get(name);
      return entry?.dtype === dtype && entry.shape.join() === shape.join();
    });
  return fits ? file : null;
}

async function write(
  path: string,
  sources: ReadonlyMap<string, TensorSource>,
  onProgress: FrozenPartOptions['onProgress'],
): Promise<SafetensorsFile> {
  await mkdir(dirname(path), { recursive: true });
  await removeLeftOvers(path);
  let done = 0;
  const counted = [...sources].map(([name, source]): [string, TensorSource] => [
    name,
    {
      ...source,
      async read() {
        const tensor = await source.read();
        await onProgress?.({ done: ++done, total: sources.size });
        return tensor;
      },
    },
  ]);
  await writeSafetensors(path, new Map(counted));
  return openSafetensors(path);
}

/** A writer writes all the time: a part of a file that has not grown for this long is of one that was killed. */
const abandonedAfter = 10 * 60_000;

async function removeLeftOvers(path: string): Promise<void> {
  const folder = dirname(path);
  const parts = (await readdir(folder)).filter((name) => name.startsWith(`.${basename(path)}.`));
  for (const part of parts.map((name) => join(folder, name))) {
    const { mtimeMs } = await stat(part).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }));
    if (Date.now() - mtimeMs > abandonedAfter) await rm(part, { force: true });
  }
}
