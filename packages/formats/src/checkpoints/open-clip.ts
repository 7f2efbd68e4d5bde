import type { TensorEntry } from '../safetensors-header.js';
import { rowsOf, stackedSource, type TensorSource, type TensorView, transposedSource } from '../tensor-source.js';
import { countModules, type ModuleNames, renaming } from './module-names.js';

/**
 * The text tower of open_clip (`transformer.py`), as SD 2.x and the second encoder of SDXL have it, and CLIPTextModel.
 * Two things are not only named otherwise: query, key and value of a layer are one matrix there, one below the other,
 * and the text projection is multiplied from the other side.
 */
const openClipNames = (layers: number): ModuleNames => [
  ['token_embedding', 'text_model.embeddings.token_embedding'],
  ['positional_embedding', 'text_model.embeddings.position_embedding.weight'],
  ['ln_final', 'text_model.final_layer_norm'],
  ...[...Array(layers).keys()].flatMap((i) =>
    layer.map(([a, b]) => [`transformer.resblocks.${i}.${a}`, `text_model.encoder.layers.${i}.${b}`] as const),
  ),
];

const layer = [
  ['ln_1', 'layer_norm1'],
  ['ln_2', 'layer_norm2'],
  ['attn.out_proj', 'self_attn.out_proj'],
  ['mlp.c_fc', 'mlp.fc1'],
  ['mlp.c_proj', 'mlp.fc2'],
] as const satisfies ModuleNames;

const fused = /^transformer\.resblocks\.(\d+)\.attn\.in_proj_(weight|bias)$/;
const projections = ['q_proj', 'k_proj', 'v_proj'] as const;

/** The tensors of open_clip as views by the names of transformers; what has no place there, such as `logit_scale`, is left out. */
export function fromOpenClip(tensors: ReadonlyMap<string, TensorEntry>): Map<string, TensorView> {
  const names = new Set(tensors.keys());
  const { toDiffusers } = renaming(openClipNames(countModules(names, 'transformer.resblocks.')));
  const views = new Map<string, TensorView>();
  for (const [name, entry] of tensors) {
    const [, index, part] = fused.exec(name) ?? [];
    const renamed = toDiffusers(name);
    if (index && (entry.shape[0] as number) % 3 === 0)
      for (const [i, projection] of projections.entries())
        views.set(`text_model.encoder.layers.${index}.self_attn.${projection}.${part}`, rowsOf(entry, i, 3));
    else if (name === 'text_projection')
      views.set('text_projection.weight', { ...entry, shape: [...entry.shape].reverse(), transposed: true });
    else if (renamed) views.set(renamed, entry);
  }
  return views;
}

const separate = /^text_model\.encoder\.layers\.(\d+)\.self_attn\.([qkv]_proj)\.(weight|bias)$/;

/** The inverse: tensors by the names of transformers as open_clip has them. */
export function toOpenClip(tensors: ReadonlyMap<string, TensorSource>): Map<string, TensorSource> {
  const { toLdm } = renaming(openClipNames(countModules(new Set(tensors.keys()), 'text_model.encoder.layers.')));
  const written = new Map<string, TensorSource>();
  for (const [name, source] of tensors) {
    const [, index, projection, part] = separate.exec(name) ?? [];
    const renamed = toLdm(name);
    if (projection === 'q_proj') {
      const path = `text_model.encoder.layers.${index}.self_attn`;
      const parts = projections.map((of) => tensors.get(`${path}.${of}.${part}`));
      if (parts.every((of) => of !== undefined))
        written.set(`transformer.resblocks.${index}.attn.in_proj_${part}`, stackedSource(parts));
    } else if (name === 'text_projection.weight') written.set('text_projection', transposedSource(source));
    else if (renamed) written.set(renamed, source);
  }
  return written;
}
