import {
  elementCount,
  float16ToFloat32,
  float32ToFloat16,
  fromInt8Rows,
  openSafetensors,
  type TensorSource,
  toInt8Rows,
  writeSafetensors,
} from '@bradley/formats';
import { type Part, readStoredTensor, type StoredTensor, type UNetConfig } from '@bradley/models';
import { uniform } from '@bradley/runtime';

type Unet = Part<UNetConfig>;

/** The same UNet with the tensors of another file. */
export async function withTensors(unet: Unet, file: string): Promise<Unet> {
  const { tensors } = await openSafetensors(file);
  return { ...unet, tensors: new Map([...tensors].map(([name, entry]) => [name, { file, ...entry }])) };
}

/** Writes a UNet as float32, each tensor changed by `change`. */
async function writeUnet(
  path: string,
  { tensors }: Unet,
  change: (values: Float32Array, stored: StoredTensor, index: number) => Float32Array,
): Promise<void> {
  const sources = [...tensors].map(([name, stored], index): [string, TensorSource] => {
    const { shape } = stored;
    const read = async () => change(await readStoredTensor(stored), stored, index);
    return [name, { dtype: 'float32', shape, read: async () => ({ dtype: 'float32', shape, data: await read() }) }];
  });
  await writeSafetensors(path, new Map(sources));
}

/**
 * A model that was trained in float32 and is stored in float16 has lost what the rounding took. This gives it something like that
 * again: each number anywhere, evenly, among those which round to the one that is stored.
 */
export const writeSpread = (path: string, unet: Unet): Promise<void> =>
  writeUnet(path, unet, (values, _, index) => {
    const draws = uniform({ seed: 0, stream: 'spread', step: 0, index }, values.length);
    const spread = values.map((w, i) => {
      const halfStep = 2 ** (Math.max(-14, Math.floor(Math.log2(Math.abs(w)))) - 11);
      return w === 0 ? 0 : w + (2 * (draws[i] as number) - 1) * halfStep;
    });
    const rounded = float16ToFloat32(float32ToFloat16(spread));
    return spread.map((w, i) => (rounded[i] === values[i] ? w : (values[i] as number)));
  });

/** The numbers that int8 with a scale for each block of so many inputs stands for; rows that blocks do not divide have one scale. */
export const writeBlocks = (path: string, unet: Unet, block: number, smallest: number): Promise<void> =>
  writeUnet(path, unet, (values, { shape }) => {
    if (shape.length < 2 || elementCount(shape) < smallest) return values;
    const columns = values.length / (shape[0] as number);
    return fromInt8Rows(toInt8Rows(values, values.length / (columns % block === 0 ? block : columns)));
  });
