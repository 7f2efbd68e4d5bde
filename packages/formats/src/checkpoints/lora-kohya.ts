import { cutEnding, kohyaEnding, kohyaEndings, type LoraLayout } from './lora-layout.js';
import { type LoraNetwork, splitLayer } from './lora-modules.js';
import { splitUnderscores } from './lora-underscores.js';

/** kohya-ss numbers text encoders where there are two. */
const networks: Readonly<Record<string, LoraNetwork>> = {
  unet: 'unet',
  te: 'text_encoder',
  te1: 'text_encoder',
  te2: 'text_encoder_2',
};
const start = /^lora_(?<network>unet|te|te1|te2)_(?<layer>[^.]+)$/;

/** The start of a layer of the UNet that has the names of the original code. */
export const originalBlocks = /^(input_blocks|middle_block|output_blocks|time_embed|label_emb|out)[._]\d/;

/** The network and path of a kohya-ss name without its ending. */
export function locateKohya(rest: string): readonly [LoraNetwork, string] | null {
  const { network, layer } = start.exec(rest)?.groups ?? {};
  return network && layer ? [networks[network] as LoraNetwork, splitUnderscores(layer)] : null;
}

/** `lora_unet_…` or `lora_te1_…`, as kohya-ss spells a path of a network. */
export function kohyaName(network: LoraNetwork, layer: string, encoders: number): string | null {
  const prefix = {
    unet: 'lora_unet_',
    text_encoder: encoders > 1 ? 'lora_te1_' : 'lora_te_',
    text_encoder_2: 'lora_te2_',
    transformer: null,
  }[network];
  return prefix && prefix + layer.replaceAll('.', '_');
}

/** kohya-ss (A1111) on the blocks of diffusers, as its sd-scripts write SD 1.x and 2.x. ComfyUI takes it for SDXL too. */
export const kohyaLayout: LoraLayout = {
  title: 'kohya-ss (A1111, ComfyUI)',
  claims(name) {
    const cut = cutEnding(name, kohyaEndings);
    const at = cut && locateKohya(cut.rest);
    return at !== null && !(at[0] === 'unet' && originalBlocks.test(at[1]));
  },
  locate(name) {
    const cut = cutEnding(name, kohyaEndings);
    const at = cut && locateKohya(cut.rest);
    return cut && at && { layer: at.join('.'), part: cut.part };
  },
  nameOf(path, part, { textEncoders }) {
    const [network, layer] = splitLayer(path);
    const name = kohyaName(network, layer, textEncoders.length);
    return name && name + kohyaEnding[part];
  },
};
