import { createHash } from 'node:crypto';
import { inFileOrder } from '../safetensors.js';
import { type Tensor, tensorBytes } from '../tensor.js';
import type { LoraFamily } from './lora-base.js';
import type { LoraBase } from './lora-layout.js';
import { type LoraModule, type LoraModules, rankOf } from './lora-modules.js';

/** What of a file's metadata is about its tensors, and so never taken over into another file. */
const ofTensors =
  /^(format|lora_adapter_metadata|ss_network_\w+|sshs_\w+|modelspec\.(hash_\w+|sai_model_spec|implementation))$/;

/** What may be taken over from the file that a LoRA was read from: trigger words, licence, author, how it was trained. */
export const carriedMetadata = (metadata: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(metadata).filter(([key]) => !ofTensors.test(key)));

/** How kohya-ss's sd-scripts and the model specification of Stability AI (ModelSpec 1.0.0) call the families. */
const families: Readonly<Record<LoraFamily, { version: string; epsilon: string; v_prediction: string }>> = {
  sd1: { version: 'sd_v1', epsilon: 'stable-diffusion-v1', v_prediction: 'stable-diffusion-v1' },
  sd2: { version: 'sd_v2', epsilon: 'stable-diffusion-v2-512', v_prediction: 'stable-diffusion-v2-768-v' },
  sdxl: {
    version: 'sdxl_base_v1-0',
    epsilon: 'stable-diffusion-xl-v1-base',
    v_prediction: 'stable-diffusion-xl-v1-base',
  },
};

/**
 * What A1111, ComfyUI's tools and kohya-ss's scripts show and select by. Nothing is claimed that is not known: without a
 * known model there is no version and no architecture.
 */
export function kohyaMetadata(modules: LoraModules, { family, prediction }: LoraBase): Record<string, string> {
  const all = [...modules.values()];
  const spatial = all.filter(isSpatial);
  const linear = all.filter((module) => !isSpatial(module));
  const main = linear.length > 0 ? linear : all;
  const convolution =
    spatial.length > 0 && linear.length > 0
      ? { conv_dim: common(spatial, rankOf), conv_alpha: common(spatial, ({ alpha }) => alpha) }
      : null;
  const v = prediction === 'v_prediction' ? '_v' : '';
  return {
    ss_network_module: 'networks.lora',
    ss_network_dim: common(main, rankOf),
    ss_network_alpha: common(main, ({ alpha }) => alpha),
    ...(convolution ? { ss_network_args: JSON.stringify(convolution) } : {}),
    ...(family
      ? {
          ss_base_model_version: families[family].version + (family === 'sdxl' ? '' : v),
          ss_v2: family === 'sd2' ? 'True' : 'False',
        }
      : {}),
  };
}

/** ModelSpec of Stability AI, where the model is known; of SD 2.x two architectures differ in what they predict. */
export function modelSpec(
  { family, prediction }: LoraBase,
  { title, original, sha256 }: { readonly title: string; readonly original: boolean; readonly sha256: string },
): Record<string, string> {
  if (!family || (family === 'sd2' && !prediction)) return {};
  return {
    'modelspec.sai_model_spec': '1.0.0',
    'modelspec.architecture': `${families[family][prediction ?? 'epsilon']}/lora`,
    'modelspec.implementation': original ? 'https://github.com/Stability-AI/generative-models' : 'diffusers',
    'modelspec.title': title,
    'modelspec.hash_sha256': `0x${sha256}`,
    ...(prediction ? { 'modelspec.prediction_type': prediction === 'epsilon' ? 'epsilon' : 'v' } : {}),
  };
}

/** SHA-256, in hex, of a file's bytes after its header: what A1111 knows a LoRA by, and ModelSpec's hash. */
export function tensorsHash(tensors: ReadonlyMap<string, Tensor>): string {
  const hash = createHash('sha256');
  for (const [, tensor] of inFileOrder(tensors)) hash.update(tensorBytes(tensor));
  return hash.digest('hex');
}

const isSpatial = ({ A }: LoraModule): boolean => A.shape.slice(2).some((size) => size > 1);

/** As sd-scripts write it: the number that all have, else `Dynamic`. */
function common(modules: readonly LoraModule[], value: (module: LoraModule) => number): string {
  const values = new Set(modules.map(value));
  return values.size === 1 ? String([...values][0]) : 'Dynamic';
}
