import { type Part, readStoredTensor, storedTensor, type UNetConfig } from '@bradley/models';
import type { ParameterBuffer } from '../parameter-buffer.js';

/** Fills the parameters of a full fine-tuning run with the model's own weights. */
export async function loadFrozen({ segments, views }: ParameterBuffer, unet: Part<UNetConfig>): Promise<void> {
  for (const { name, shape } of segments) {
    views[name]?.set(await readStoredTensor(storedTensor(unet.tensors, name, shape, unet.path)));
  }
}
