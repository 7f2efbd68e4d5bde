import { openSafetensors, readTensor, toFloat32 } from '@bradley/formats';
import { type Part, storedTensor, type UNetConfig } from '@bradley/models';
import type { ParameterBuffer } from '../parameter-buffer.js';

/** Fills the parameters of a full fine-tuning run with the model's own weights. */
export async function loadFrozen({ segments, views }: ParameterBuffer, unet: Part<UNetConfig>): Promise<void> {
  const files = new Map<string, Awaited<ReturnType<typeof openSafetensors>>>();
  for (const { name, shape } of segments) {
    const { file } = storedTensor(unet.tensors, name, shape, unet.path);
    const open = files.get(file) ?? (await openSafetensors(file));
    files.set(file, open);
    views[name]?.set(toFloat32(await readTensor(open, name)));
  }
}
