import { readSafetensors, writeSafetensors } from '../safetensors.js';
import type { Tensor } from '../tensor.js';
import { joinHalves, LoraError, type LoraModule, type LoraModules } from './lora-modules.js';

/** The spellings of diffusers and PEFT: training scripts wrote each of them at some time. */
const halves: readonly (readonly [suffix: string, half: 'A' | 'B'])[] = [
  ['.lora.down.weight', 'A'],
  ['.lora.up.weight', 'B'],
  ['.lora_A.weight', 'A'],
  ['.lora_B.weight', 'B'],
  ['.lora_A.default.weight', 'A'],
  ['.lora_B.default.weight', 'B'],
];

const prefix = 'unet.';
const metadataKey = 'lora_adapter_metadata';

/** Reads the UNet's part of a diffusers `pytorch_lora_weights.safetensors`. Without metadata alpha is the rank. */
export async function readDiffusersLora(path: string): Promise<LoraModules> {
  const { tensors, metadata } = await readSafetensors(path);
  const alpha = alphaOf(path, metadata[metadataKey]);
  const found = new Map<string, { A?: Tensor; B?: Tensor }>();
  for (const [name, tensor] of tensors) {
    const [suffix, half] = halves.find(([end]) => name.endsWith(end)) ?? [];
    if (!name.startsWith(prefix) || !suffix || !half) continue;
    const layer = name.slice(prefix.length, -suffix.length);
    found.set(layer, { ...found.get(layer), [half]: tensor });
  }
  return joinHalves(path, found, (layer, rank) => alpha(layer) ?? rank);
}

/**
 * Writes a UNet's LoRA as diffusers' `save_lora_weights` does, so that `load_lora_weights` of diffusers, and ComfyUI, take it:
 * `unet.<layer>.lora.down.weight` and `.lora.up.weight`, rank, alpha and targets in the metadata.
 */
export async function writeDiffusersLora(
  path: string,
  modules: LoraModules,
  { rank, alpha, targets }: { readonly rank: number; readonly alpha: number; readonly targets: readonly string[] },
): Promise<void> {
  const other = [...modules].find(([, module]) => module.alpha !== alpha || module.A.shape[0] !== rank);
  const patterns = other ? patternsOf(modules) : { rank: {}, alpha: {} };
  const tensors = [...modules].flatMap(([layer, { A, B }]) => [
    [`${prefix}${layer}.lora.down.weight`, A] as const,
    [`${prefix}${layer}.lora.up.weight`, B] as const,
  ]);
  const config = {
    r: rank,
    lora_alpha: alpha,
    target_modules: targets,
    rank_pattern: patterns.rank,
    alpha_pattern: patterns.alpha,
    lora_dropout: 0,
    bias: 'none',
    init_lora_weights: 'gaussian',
  };
  const metadata = Object.fromEntries(Object.entries(config).map(([key, value]) => [prefix + key, value]));
  await writeSafetensors(path, new Map(tensors), { format: 'pt', [metadataKey]: JSON.stringify(metadata, null, 2) });
}

function patternsOf(modules: LoraModules) {
  const by = (value: (module: LoraModule) => number | undefined) =>
    Object.fromEntries([...modules].map(([layer, module]) => [layer, value(module)]));
  return { rank: by(({ A }) => A.shape[0]), alpha: by(({ alpha }) => alpha) };
}

/** What the metadata says of a layer's alpha: its pattern, else lora_alpha. */
function alphaOf(path: string, text: string | undefined): (layer: string) => number | undefined {
  if (text === undefined) return () => undefined;
  let metadata: Record<string, unknown>;
  try {
    metadata = JSON.parse(text) as Record<string, unknown>;
  } catch {
    throw new LoraError(`${path}: its ${metadataKey} is not JSON.`);
  }
  const pattern = (metadata[`${prefix}alpha_pattern`] ?? {}) as Record<string, unknown>;
  const common = metadata[`${prefix}lora_alpha`];
  return (layer) => {
    const own = Object.hasOwn(pattern, layer) ? pattern[layer] : common;
    return typeof own === 'number' ? own : undefined;
  };
}
