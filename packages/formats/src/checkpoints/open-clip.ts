import type { TensorEntry } from '../safetensors-header.js';
import type { TensorSource, TensorView } from '../tensor-source.js';
import { fromOpenClipTower, type OpenClipTower, toOpenClipTower } from './open-clip-tower.js';

/** The text tower of open_clip, as SD 2.x and the second encoder of SDXL have it, and CLIPTextModel. */
export const openClipText: OpenClipTower = {
  blocks: ['transformer.resblocks', 'text_model.encoder.layers'],
  projection: ['text_projection', 'text_projection.weight'],
  modules: [
    ['token_embedding', 'text_model.embeddings.token_embedding'],
    ['positional_embedding', 'text_model.embeddings.position_embedding.weight'],
    ['ln_final', 'text_model.final_layer_norm'],
  ],
};

/** The tensors of open_clip as views by the names of transformers; what has no place there, such as `logit_scale`, is left out. */
export const fromOpenClip = (tensors: ReadonlyMap<string, TensorEntry>): Map<string, TensorView> =>
  fromOpenClipTower(openClipText, tensors);

/** The inverse: tensors by the names of transformers as open_clip has them. */
export const toOpenClip = (tensors: ReadonlyMap<string, TensorSource>): Map<string, TensorSource> =>
  toOpenClipTower(openClipText, tensors);
