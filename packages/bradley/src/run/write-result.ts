import { cp, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { float32Tensor, type LoraModules, writeDiffusersLora, writeSafetensors } from '@bradley/formats';
import type { DiffusionFolder } from '@bradley/models';
import { type AdapterSettings, type ParameterBuffer, viewsOf } from '@bradley/train';

/** The name that diffusers' `load_lora_weights` looks for. */
export const loraFile = 'pytorch_lora_weights.safetensors';

/** The diffusers folder of a full fine-tuning, in the run's. */
export const fullFolder = 'model';

/**
 * Writes what a run trained: a LoRA as `pytorch_lora_weights.safetensors`, or for full fine-tuning a whole diffusers folder
 * `model/` with the new UNet. Returns its path.
 */
export async function writeResult(
  runFolder: string,
  folder: DiffusionFolder,
  adapter: AdapterSettings,
  { segments }: ParameterBuffer,
  values: Float32Array,
): Promise<string> {
  const views = viewsOf(segments, values);
  if (adapter.kind === 'lora') {
    const path = join(runFolder, loraFile);
    await writeDiffusersLora(path, loraModules(segments, views, adapter.alpha), adapter);
    return path;
  }
  const path = join(runFolder, fullFolder);
  const part = join(runFolder, `.part-${fullFolder}`);
  await rm(part, { recursive: true, force: true });
  await cp(folder.path, part, { recursive: true, dereference: true });
  await rm(join(part, 'unet'), { recursive: true });
  await mkdir(join(part, 'unet'));
  await cp(join(folder.unet.path, 'config.json'), join(part, 'unet', 'config.json'), { dereference: true });
  const tensors = segments.map(({ name, shape }) => [name, float32Tensor(shape, views[name] as Float32Array)] as const);
  await writeSafetensors(join(part, 'unet', 'diffusion_pytorch_model.safetensors'), new Map(tensors), { format: 'pt' });
  await rm(path, { recursive: true, force: true });
  await rename(part, path);
  return path;
}

/** Gathers `<layer>.lora_A.weight` and `<layer>.lora_B.weight` by layer. */
function loraModules(
  segments: ParameterBuffer['segments'],
  views: Readonly<Record<string, Float32Array>>,
  alpha: number,
): LoraModules {
  const tensor = (name: string) => {
    const segment = segments.find((of) => of.name === name);
    if (!segment) throw new Error(`the adapter has no ${name}`);
    return float32Tensor(segment.shape, views[name] as Float32Array);
  };
  const layers = segments.flatMap(({ name }) =>
    name.endsWith('.lora_A.weight') ? [name.slice(0, -'.lora_A.weight'.length)] : [],
  );
  return new Map(
    layers.map((layer) => [layer, { A: tensor(`${layer}.lora_A.weight`), B: tensor(`${layer}.lora_B.weight`), alpha }]),
  );
}
