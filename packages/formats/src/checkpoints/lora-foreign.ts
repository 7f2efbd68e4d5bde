import { LoraError } from './lora-modules.js';

/** Adapters that are more than ΔW = B A, by what their tensors are called. */
const foreign: readonly { readonly name: RegExp; readonly kind: string }[] = [
  {
    name: /\.(dora_scale|lora_magnitude_vector(\.default)?(\.weight)?)$/,
    kind: 'a DoRA (it rescales the columns of W)',
  },
  { name: /\.hada_[wt]\d/, kind: 'a LoHa (a Hadamard product of two LoRAs)' },
  { name: /\.lokr_[wt]\d/, kind: 'a LoKr (a Kronecker product)' },
  { name: /\.(a1|a2|b1|b2)\.weight$/, kind: 'a GLoRA' },
  { name: /\.lora_mid\.weight$/, kind: 'a LoCon in Tucker form (three factors to a convolution)' },
  { name: /\.(oft_|boft_|oft_blocks|oft_diag)/, kind: 'an OFT (a rotation of W)' },
  { name: /\.(diff|diff_b|w_norm|b_norm|set_weight)$/, kind: 'a full difference of weights' },
  { name: /\.lora_B(\.default)?\.bias$|\.lora_up\.bias$|\.bias_(indices|values|size)$/, kind: 'a LoRA with biases' },
  { name: /\.(ia3_l|on_input)$|^ia3_/, kind: 'an IA³' },
  { name: /^(bundle_emb|emb_params$|clip_[lg]$|string_to_param)/, kind: 'a textual inversion' },
];

/** @throws LoraError naming the kind, where a file has tensors of an adapter that is no plain LoRA */
export function refuseForeign(path: string, names: Iterable<string>): void {
  for (const name of names) {
    const found = foreign.find((of) => of.name.test(name));
    if (found)
      throw new LoraError(
        `${path}: ${name} makes it ${found.kind}, and only plain LoRA can be read. ` +
          'Leaving the tensor out would change the pictures silently: merge it with the tool that it comes from.',
      );
  }
}
