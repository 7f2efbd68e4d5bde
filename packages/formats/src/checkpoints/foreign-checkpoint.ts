import type { TensorEntry } from '../safetensors-header.js';

/** What files that are taken for a whole Stable Diffusion turn out to be, by a name in them; the first that fits. */
const known: readonly (readonly [RegExp, string])[] = [
  [/\.(lora_(down|up|[AB])|lora\.(down|up))\./, 'a LoRA: give it as one, beside the model it was trained for'],
  [/joint_blocks\./, 'a Stable Diffusion 3, which is not supported'],
  [/double_blocks\./, 'a Flux, which is not supported'],
  [/^control_model\.|^controlnet_cond_embedding\./, 'a ControlNet, which is not supported'],
  [/^down_blocks\./, "a UNet in the names of diffusers: put it into the 'unet' folder of a diffusers model"],
  [/^(en|de)coder\./, "an autoencoder alone: put it into the 'vae' folder of a diffusers model"],
];

/** Why tensors are no single file of Stable Diffusion: what is there, what is not. */
export function foreignCheckpoint(
  tensors: ReadonlyMap<string, TensorEntry>,
  prefixes: Readonly<Record<string, string>>,
): string {
  const names = [...tensors.keys()];
  const found = Object.entries(prefixes).filter(([prefix]) => names.some((name) => name.startsWith(prefix)));
  const kind = known.find(([pattern]) => names.some((name) => pattern.test(name)));
  if (kind) return `it is ${kind[1]}`;
  if (found.length === 0)
    return `it has no part of a Stable Diffusion: ${names.length} tensors, the first ${names.slice(0, 3).join(', ') || 'none'}`;
  const parts = new Set(found.map(([, part]) => part.replace(/_2$/, '')));
  const missing = ['unet', 'vae', 'text_encoder'].filter((part) => !parts.has(part));
  const there = found.map(([prefix, part]) => `${part} (${prefix}*)`).join(', ');
  return missing.length > 0
    ? `it has ${there}, but no ${missing.join(' and no ')}: a file with all parts is needed`
    : `it has ${there}, which together are no Stable Diffusion 1, 2 or XL`;
}
