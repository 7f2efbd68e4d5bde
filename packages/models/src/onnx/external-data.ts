import { closeSync, openSync, readSync } from 'node:fs';
import { basename } from 'node:path';
import { replaceFile } from '@bradley/formats';
import { OnnxError, type TensorPatch, type WeightSource } from '@bradley/graph';

/** So that the runtime can map each tensor. */
const alignment = 64;

/** Writes tensors to `<model>.data`, one in memory at a time, and tells where each lies. */
export async function writeDataBeside(
  model: string,
  tensors: Iterable<readonly [name: string, bytes: () => Uint8Array]>,
): Promise<ReadonlyMap<string, TensorPatch>> {
  const location = `${basename(model)}.data`;
  const places = new Map<string, TensorPatch>();
  await replaceFile(`${model}.data`, async (file) => {
    let offset = 0;
    for (const [name, bytes] of tensors) {
      const data = bytes();
      const padding = (alignment - (offset % alignment)) % alignment;
      await file.writeFile(new Uint8Array(padding));
      await file.writeFile(data);
      places.set(name, { location, offset: offset + padding, length: data.byteLength });
      offset += padding + data.byteLength;
    }
  });
  return places;
}

/** The bytes of a stored tensor. */
export function readRange({ file, offset, length }: WeightSource): Uint8Array {
  const bytes = new Uint8Array(length);
  const handle = openSync(file, 'r');
  try {
    for (let done = 0; done < length; ) {
      const count = readSync(handle, bytes, done, Math.min(length - done, 2 ** 30), offset + done);
      if (count === 0) throw new OnnxError(`${file} ends at byte ${offset + done}, within a tensor`);
      done += count;
    }
  } finally {
    closeSync(handle);
  }
  return bytes;
}
