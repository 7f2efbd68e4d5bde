import type { LoraBase } from './lora-layout.js';
import { type LoraModules, splitLayer } from './lora-modules.js';
import { unetBlocks } from './lora-original-unet.js';

export type LoraFamily = NonNullable<LoraBase['family']>;

/** The models that tools know by name. */
export const loraBases: Readonly<Record<LoraFamily, LoraBase>> = {
  sd1: { family: 'sd1', unet: unetBlocks.sd1, textEncoders: ['clip_l'] },
  sd2: { family: 'sd2', unet: unetBlocks.sd2, textEncoders: ['clip_h'] },
  sdxl: { family: 'sdxl', unet: unetBlocks.sdxl, textEncoders: ['clip_l', 'clip_g'] },
};

/** The width of the text that a released UNet attends to. */
export const textWidths: Readonly<Record<number, LoraFamily>> = { 768: 'sd1', 1024: 'sd2', 2048: 'sdxl' };

/**
 * The released model that a LoRA can only be for, from the widths of its layers: what attends to text has the text's width. Null
 * where no layer tells, such as for a model of another size.
 */
export function guessBase(modules: LoraModules): LoraFamily | null {
  for (const [path, { A }] of modules) {
    const [network, layer] = splitLayer(path);
    const width = A.shape[1] as number;
    if (network === 'unet' && /\.attn2\.to_[kv]$/.test(layer)) return textWidths[width] ?? null;
    if (network === 'text_encoder_2' && width >= 1280) return 'sdxl';
    if (network === 'text_encoder' && /\.(self_attn\.\w+|mlp\.fc1)$/.test(layer) && width === 1024) return 'sd2';
  }
  return null;
}

/** The base of a LoRA that says nothing of its model: one text encoder or two, and blocks that are not known. */
export function plainBase(modules: LoraModules): LoraBase {
  const two = [...modules.keys()].some((path) => splitLayer(path)[0] === 'text_encoder_2');
  return { family: null, unet: null, textEncoders: two ? ['clip_l', 'clip_g'] : ['clip_l'] };
}
