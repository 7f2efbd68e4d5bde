import { cutEnding, kohyaEnding, kohyaEndings, type LoraLayout, peftEndings } from './lora-layout.js';
import { splitLayer } from './lora-modules.js';
import { fromOriginalUNet, toOriginalUNet } from './lora-original-unet.js';

const endings = [...kohyaEndings, ...peftEndings];
const unet = 'diffusion_model.';
const textEncoder = /^text_encoders\.(?<encoder>clip_[lhg])\.transformer\.(?<layer>.+)$/;

/**
 * The names of ComfyUI's own weights, which its loader takes for every model (`model_lora_keys_unet` and `_clip` of
 * comfy/lora.py) and its nodes write: the original UNet's paths, and transformers' for CLIP.
 */
export const comfyuiLayout: LoraLayout = {
  title: 'ComfyUI',
  claims: (name) => /^(diffusion_model|text_encoders)\./.test(name) && cutEnding(name, endings) !== null,
  locate(name, base) {
    const cut = cutEnding(name, endings);
    if (!cut) return null;
    if (cut.rest.startsWith(unet)) {
      const layer = fromOriginalUNet(cut.rest.slice(unet.length), base);
      return layer === undefined ? null : { layer: `unet.${layer}`, part: cut.part };
    }
    const { encoder, layer } = textEncoder.exec(cut.rest)?.groups ?? {};
    if (!layer) return null;
    return { layer: `text_encoder${encoder === 'clip_g' ? '_2' : ''}.${layer}`, part: cut.part };
  },
  nameOf(path, part, base) {
    const [network, layer] = splitLayer(path);
    if (network === 'unet') {
      const original = toOriginalUNet(layer, base);
      return original === undefined ? null : unet + original + kohyaEnding[part];
    }
    const encoder = base.textEncoders[['text_encoder', 'text_encoder_2'].indexOf(network)];
    return encoder ? `text_encoders.${encoder}.transformer.${layer}${kohyaEnding[part]}` : null;
  },
};
