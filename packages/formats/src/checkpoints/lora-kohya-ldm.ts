import { kohyaName, locateKohya, originalBlocks } from './lora-kohya.js';
import { cutEnding, kohyaEnding, kohyaEndings, type LoraLayout } from './lora-layout.js';
import { splitLayer } from './lora-modules.js';
import { fromOriginalUNet, toOriginalUNet } from './lora-original-unet.js';

/** kohya-ss on the blocks of the original code, as its sd-scripts write SDXL. Text encoders are called as ever. */
export const kohyaLdmLayout: LoraLayout = {
  title: 'kohya-ss on original blocks (sd-scripts for SDXL, A1111, ComfyUI)',
  claims(name) {
    const cut = cutEnding(name, kohyaEndings);
    const at = cut && locateKohya(cut.rest);
    return at !== null && (at[0] !== 'unet' || originalBlocks.test(at[1]));
  },
  locate(name, base) {
    const cut = cutEnding(name, kohyaEndings);
    const at = cut && locateKohya(cut.rest);
    if (!cut || !at) return null;
    const layer = at[0] === 'unet' ? fromOriginalUNet(at[1], base) : at[1];
    return layer === undefined ? null : { layer: `${at[0]}.${layer}`, part: cut.part };
  },
  nameOf(path, part, base) {
    const [network, layer] = splitLayer(path);
    const original = network === 'unet' ? toOriginalUNet(layer, base) : layer;
    const name = original === undefined ? null : kohyaName(network, original, base.textEncoders.length);
    return name && name + kohyaEnding[part];
  },
};
