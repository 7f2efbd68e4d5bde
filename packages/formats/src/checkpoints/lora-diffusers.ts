import { cutEnding, type LoraEnding, type LoraLayout, peftEndings } from './lora-layout.js';
import { loraNetworks, splitLayer } from './lora-modules.js';

/**
 * How diffusers has ended the name of a tensor over the years. The old attention processors (diffusers before 0.22) name
 * the projection as well, for text encoders too; the layer's path ends in it.
 */
const endings: readonly LoraEnding[] = [
  ...peftEndings,
  { ending: /\.lora(_linear_layer)?\.down\.weight$/, part: 'A' },
  { ending: /\.lora(_linear_layer)?\.up\.weight$/, part: 'B' },
  { ending: /(\.processor)?\.(?<projection>to_[qkv]|to_out)_lora\.down\.weight$/, part: 'A' },
  { ending: /(\.processor)?\.(?<projection>to_[qkv]|to_out)_lora\.up\.weight$/, part: 'B' },
  { ending: /\.alpha$/, part: 'alpha' },
];

const projections: Readonly<Record<'unet' | 'text', Readonly<Record<string, string>>>> = {
  unet: { to_q: 'to_q', to_k: 'to_k', to_v: 'to_v', to_out: 'to_out.0' },
  text: { to_q: 'q_proj', to_k: 'k_proj', to_v: 'v_proj', to_out: 'out_proj' },
};

/** Files of one network alone may leave it out: PEFT's own, and those of old training scripts. What its layers begin with. */
const unprefixed = {
  unet: /^(down_blocks|mid_block|up_blocks|conv_in|conv_out|(time|add|class)_embedding)\./,
  transformer: /^(single_)?transformer_blocks\./,
  text_encoder: /^text_model\./,
} as const;

/** The layer of a name without its ending, with the network in front. */
function layerOf(path: string): string | null {
  const bare = path.replace(/^base_model\.model\./, '');
  const named = loraNetworks.find((network) => bare.startsWith(`${network}.`));
  const network = named ?? Object.entries(unprefixed).find(([, start]) => start.test(`${bare}.`))?.[0];
  if (!network) return null;
  const layer = named ? bare.slice(named.length + 1) : bare;
  const flat = network.startsWith('text_encoder') && !/^text_(model|projection)\b/.test(layer); // transformers 5
  return `${network}.${flat ? 'text_model.' : ''}${layer}`;
}

/** `unet.<layer>.lora_A.weight` and all that came before it. Rank and alpha stand in the metadata. */
export const diffusersLayout: LoraLayout = {
  title: 'diffusers and PEFT',
  claims: (name) => {
    const cut = cutEnding(name, endings);
    return cut !== null && layerOf(cut.rest) !== null;
  },
  locate(name) {
    const cut = cutEnding(name, endings);
    const layer = cut && layerOf(cut.rest);
    if (!cut || !layer) return null;
    const { projection } = cut.groups;
    if (projection === undefined) return { layer, part: cut.part };
    const own = projections[layer.startsWith('text_encoder') ? 'text' : 'unet'][projection];
    return { layer: `${layer}.${own}`, part: cut.part };
  },
  nameOf: (layer, part) => (part === 'alpha' ? null : `${splitLayer(layer).join('.')}.lora_${part}.weight`),
};
