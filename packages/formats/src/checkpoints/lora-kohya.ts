import { readSafetensors, writeSafetensors } from '../safetensors.js';
import { float32Tensor, type Tensor, toFloat32 } from '../tensor.js';
import { joinHalves, LoraError, type LoraModules } from './lora-modules.js';

const prefix = 'lora_unet_';
const kohyaName = (layer: string): string => prefix + layer.replaceAll('.', '_');

/**
 * Reads the UNet's part of a kohya-ss (A1111) LoRA file. Its names have _ for every dot, so they are only unambiguous beside
 * the layers of the model they belong to. Those of SDXL may also be the original checkpoint's (input_blocks…): not read.
 * @param layers the names of the UNet's layers
 */
export async function readKohyaLora(path: string, layers: Iterable<string>): Promise<LoraModules> {
  const { tensors } = await readSafetensors(path);
  const layerOf = new Map([...layers].map((layer) => [kohyaName(layer), layer]));
  const found = new Map<string, { A?: Tensor; B?: Tensor; alpha?: number }>();
  for (const [name, tensor] of tensors) {
    if (!name.startsWith(prefix))
      throw new LoraError(
        `${path}: ${name} is not of a UNet (${prefix}…), and only a UNet's LoRA can be read. Remove the others.`,
      );
    const dot = name.indexOf('.');
    const layer = layerOf.get(name.slice(0, dot));
    if (!layer) throw new LoraError(`${path}: ${name} names no layer of this UNet. It was trained for another model.`);
    const part = {
      'lora_down.weight': { A: tensor },
      'lora_up.weight': { B: tensor },
      alpha: { alpha: toFloat32(tensor)[0] as number },
    }[name.slice(dot + 1)];
    if (!part) throw new LoraError(`${path}: ${name} is not of a plain LoRA (lora_down, lora_up, alpha).`);
    found.set(layer, { ...found.get(layer), ...part });
  }
  return joinHalves(path, found, (_layer, rank) => rank);
}

/** Writes a UNet's LoRA in kohya-ss names, with the alpha of every layer. */
export async function writeKohyaLora(path: string, modules: LoraModules): Promise<void> {
  const tensors = [...modules].flatMap(([layer, { A, B, alpha }]) => [
    [`${kohyaName(layer)}.lora_down.weight`, A] as const,
    [`${kohyaName(layer)}.lora_up.weight`, B] as const,
    [`${kohyaName(layer)}.alpha`, float32Tensor([], Float32Array.of(alpha))] as const,
  ]);
  await writeSafetensors(path, new Map(tensors), { ss_network_module: 'networks.lora' });
}
