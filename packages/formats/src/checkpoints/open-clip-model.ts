import type { TensorEntry } from '../safetensors-header.js';
import type { TensorSource, TensorView } from '../tensor-source.js';
import { countModules } from './module-names.js';
import { openClipText } from './open-clip.js';
import { fromOpenClipTower, type OpenClipTower, toOpenClipTower } from './open-clip-tower.js';

/** The vision transformer of open_clip (`VisionTransformer` with a class token), and that of CLIPModel. */
const openClipVision: OpenClipTower = {
  blocks: ['visual.transformer.resblocks', 'vision_model.encoder.layers'],
  projection: ['visual.proj', 'visual_projection.weight'],
  modules: [
    ['visual.conv1', 'vision_model.embeddings.patch_embedding'],
    ['visual.class_embedding', 'vision_model.embeddings.class_embedding'],
    ['visual.positional_embedding', 'vision_model.embeddings.position_embedding.weight'],
    ['visual.ln_pre', 'vision_model.pre_layrnorm'],
    ['visual.ln_post', 'vision_model.post_layernorm'],
  ],
};

const towers = [openClipText, openClipVision];

/** A whole CLIP with a vision transformer, of open_clip or OpenAI, as views by the names of transformers' CLIPModel. */
export function fromOpenClipModel(tensors: ReadonlyMap<string, TensorEntry>): Map<string, TensorView> {
  const views = new Map(towers.flatMap((tower) => [...fromOpenClipTower(tower, tensors)]));
  const scale = tensors.get('logit_scale');
  if (scale) views.set('logit_scale', { ...scale, shape: [] }); // of shape (1) where it was saved as one
  return views;
}

/** The inverse. */
export function toOpenClipModel(tensors: ReadonlyMap<string, TensorSource>): Map<string, TensorSource> {
  const written = new Map(towers.flatMap((tower) => [...toOpenClipTower(tower, tensors)]));
  const scale = tensors.get('logit_scale');
  if (scale) written.set('logit_scale', scale);
  return written;
}

export const isOpenClipModel = (names: ReadonlyMap<string, unknown>): boolean =>
  names.has('visual.conv1.weight') && names.has('token_embedding.weight');

/** What `open_clip_config.json` says in its `model_cfg` that shapes do not. */
export interface OpenClipDetails {
  readonly quickGelu?: boolean;
  readonly visionHeads?: number;
  readonly textHeads?: number;
}

/**
 * The `config.json` of the CLIPModel that has these shapes. Heads are 64 wide; a picture's tower that is wider than 1024 has 16
 * of them, as those of open_clip's ViT-H, g, e and bigG. A text ends at its largest id, as open_clip looks for it.
 * @throws Error naming the tensor that is missing
 */
export function openClipConfig(
  tensors: ReadonlyMap<string, TensorEntry>,
  { quickGelu = false, visionHeads, textHeads }: OpenClipDetails = {},
) {
  const shape = (name: string): number[] => {
    const entry = tensors.get(name);
    if (entry) return [...entry.shape];
    throw new Error(`there is no ${name}: it is no CLIP with a vision transformer, as open_clip names its tensors`);
  };
  const names = new Set(tensors.keys());
  const [visionWidth = 0, channels, patch = 0] = shape('visual.conv1.weight');
  const [positions = 0] = shape('visual.positional_embedding');
  const [vocabulary, textWidth = 0] = shape('token_embedding.weight');
  const shared = { hidden_act: quickGelu ? 'quick_gelu' : 'gelu' };
  return {
    projection_dim: shape('visual.proj')[1],
    text_config: {
      ...shared,
      vocab_size: vocabulary,
      hidden_size: textWidth,
      intermediate_size: shape('transformer.resblocks.0.mlp.c_fc.weight')[0],
      num_hidden_layers: countModules(names, 'transformer.resblocks.'),
      num_attention_heads: textHeads ?? textWidth / 64,
      max_position_embeddings: shape('positional_embedding')[0],
      eos_token_id: 2, // transformers' way to say: the largest id
    },
    vision_config: {
      ...shared,
      hidden_size: visionWidth,
      intermediate_size: shape('visual.transformer.resblocks.0.mlp.c_fc.weight')[0],
      num_hidden_layers: countModules(names, 'visual.transformer.resblocks.'),
      num_attention_heads: visionHeads ?? (visionWidth > 1024 ? 16 : visionWidth / 64),
      num_channels: channels,
      patch_size: patch,
      image_size: Math.round(Math.sqrt(positions - 1)) * patch,
    },
  };
}
