import type { UNetBlocks } from './ldm-unet.js';
import type { LoraPart } from './lora-modules.js';

/** What the names in a file depend on beside the layers: the model that the LoRA is for. */
export interface LoraBase {
  /** What other tools know the model as; null where it is none of these. */
  readonly family: 'sd1' | 'sd2' | 'sdxl' | null;
  /** The UNet's blocks, which the original names count through; null where they are not known. */
  readonly unet: UNetBlocks | null;
  /** ComfyUI's names of the text encoders, in the order of `text_encoder`, `text_encoder_2`. */
  readonly textEncoders: readonly ('clip_l' | 'clip_h' | 'clip_g')[];
  readonly prediction?: 'epsilon' | 'v_prediction';
}

/** A layout of LoRA files: what it calls the tensors of a layer, both ways. */
export interface LoraLayout {
  /** What it is, and who reads it. */
  readonly title: string;
  /** Whether a name looks like one of this layout. A file is of the first layout that claims all its names. */
  claims(name: string): boolean;
  /** The layer, as LoraModules have it, and the part that a tensor is; null where the layout has no such layer. */
  locate(name: string, base: LoraBase | null): { readonly layer: string; readonly part: LoraPart } | null;
  /** The name of a layer's tensor; null where the layout cannot hold the layer, or keeps its alpha elsewhere. */
  nameOf(layer: string, part: LoraPart, base: LoraBase): string | null;
}

/** How a name ends, and which part that makes it. */
export interface LoraEnding {
  readonly ending: RegExp;
  readonly part: LoraPart;
}

/** Cuts the ending off a name. */
export function cutEnding(
  name: string,
  endings: readonly LoraEnding[],
): {
  readonly rest: string;
  readonly part: LoraPart;
  readonly groups: Readonly<Record<string, string | undefined>>;
} | null {
  for (const { ending, part } of endings) {
    const match = ending.exec(name);
    if (match) return { rest: name.slice(0, match.index), part, groups: match.groups ?? {} };
  }
  return null;
}

/** The endings of kohya-ss, which A1111 and ComfyUI took over. */
export const kohyaEndings: readonly LoraEnding[] = [
  { ending: /\.lora_down\.weight$/, part: 'A' },
  { ending: /\.lora_up\.weight$/, part: 'B' },
  { ending: /\.alpha$/, part: 'alpha' },
];

export const kohyaEnding: Readonly<Record<LoraPart, string>> = {
  A: '.lora_down.weight',
  B: '.lora_up.weight',
  alpha: '.alpha',
};

/** The endings of PEFT, with or without the adapter's name. */
export const peftEndings: readonly LoraEnding[] = [
  { ending: /\.lora_A(\.default)?\.weight$/, part: 'A' },
  { ending: /\.lora_B(\.default)?\.weight$/, part: 'B' },
];
