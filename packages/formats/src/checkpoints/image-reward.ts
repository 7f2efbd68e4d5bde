import { countModules, type ModuleNames, renaming } from './module-names.js';

/**
 * ImageReward's checkpoint (THUDM/ImageReward, a BLIP of salesforce/BLIP with timm's vision transformer) by the names that
 * transformers gives BlipVisionModel and BlipTextModel, under `vision`, `text` and `mlp`. Query, key and value of a picture's
 * layer are one matrix in both. The text tower is called the same throughout.
 */
const imageRewardNames = (names: ReadonlySet<string>): ModuleNames => [
  ['blip.visual_encoder.cls_token', 'vision.embeddings.class_embedding'],
  ['blip.visual_encoder.pos_embed', 'vision.embeddings.position_embedding'],
  ['blip.visual_encoder.patch_embed.proj', 'vision.embeddings.patch_embedding'],
  ['blip.visual_encoder.norm', 'vision.post_layernorm'],
  ...[...Array(layersOf(names)).keys()].flatMap((i) =>
    layer.map(([a, b]) => [`blip.visual_encoder.blocks.${i}.${a}`, `vision.encoder.layers.${i}.${b}`] as const),
  ),
  ['blip.text_encoder', 'text'],
  ...head.map(([a, b]) => [`mlp.layers.${a}`, `mlp.${b}`] as const),
];

const layer = [
  ['norm1', 'layer_norm1'],
  ['norm2', 'layer_norm2'],
  ['attn.qkv', 'self_attn.qkv'],
  ['attn.proj', 'self_attn.projection'],
  ['mlp', 'mlp'],
] as const satisfies ModuleNames;

/** Dropout takes numbers of its own between the head's layers. */
const head = [
  [0, 0],
  [2, 1],
  [4, 2],
  [6, 3],
  [7, 4],
] as const;

const layersOf = (names: ReadonlySet<string>): number =>
  countModules(names, 'blip.visual_encoder.blocks.') || countModules(names, 'vision.encoder.layers.');

/** What is no part of the reward, such as the projections of BLIP's pretraining, is left out. */
export function fromImageReward<T>(tensors: ReadonlyMap<string, T>): Map<string, T> {
  return rename(tensors, renaming(imageRewardNames(new Set(tensors.keys()))).toDiffusers);
}

/** The inverse. */
export function toImageReward<T>(tensors: ReadonlyMap<string, T>): Map<string, T> {
  return rename(tensors, renaming(imageRewardNames(new Set(tensors.keys()))).toLdm);
}

function rename<T>(tensors: ReadonlyMap<string, T>, other: (name: string) => string | undefined): Map<string, T> {
  return new Map(
    [...tensors].flatMap(([name, tensor]) => {
      const renamed = name.endsWith('.position_ids') ? undefined : other(name); // counts from 0: a buffer of old transformers
      return renamed === undefined ? [] : [[renamed, tensor] as const];
    }),
  );
}

/**
 * What the shapes of ImageReward's checkpoint say of its geometry, by the names of transformers' configs. Heads are 64 wide in
 * the vision transformer.
 * @throws Error naming the tensor that is missing
 */
export function imageRewardGeometry(tensors: ReadonlyMap<string, { readonly shape: readonly number[] }>) {
  const shape = (name: string): readonly number[] => {
    const entry = tensors.get(name);
    if (entry) return entry.shape;
    throw new Error(`there is no ${name}: it is no checkpoint of ImageReward`);
  };
  const names = new Set(tensors.keys());
  const [width = 0, , patch = 0] = shape('blip.visual_encoder.patch_embed.proj.weight');
  const [, tokens = 0] = shape('blip.visual_encoder.pos_embed');
  const [vocabulary, textWidth] = shape('blip.text_encoder.embeddings.word_embeddings.weight');
  return {
    vision: {
      hidden_size: width,
      intermediate_size: shape('blip.visual_encoder.blocks.0.mlp.fc1.weight')[0],
      num_hidden_layers: layersOf(names),
      num_attention_heads: width / 64,
      image_size: Math.round(Math.sqrt(tokens - 1)) * patch,
      patch_size: patch,
      layer_norm_eps: 1e-6,
    },
    text: {
      vocab_size: vocabulary,
      hidden_size: textWidth,
      encoder_hidden_size: width,
      intermediate_size: shape('blip.text_encoder.encoder.layer.0.intermediate.dense.weight')[0],
      num_hidden_layers: countModules(names, 'blip.text_encoder.encoder.layer.'),
      max_position_embeddings: shape('blip.text_encoder.embeddings.position_embeddings.weight')[0],
    },
    mlp: [textWidth, ...head.map(([number]) => shape(`mlp.layers.${number}.weight`)[0])],
  };
}
