import type { TensorEntry } from '../safetensors-header.js';
import { rowsOf, stackedSource, type TensorSource, type TensorView, transposedSource } from '../tensor-source.js';
import { countModules, type ModuleNames, renaming } from './module-names.js';

/**
 * One transformer of open_clip (`transformer.py`), and of OpenAI's CLIP before it, and of transformers. Two things are not only
 * named otherwise: query, key and value of a layer are one matrix there, one below the other, and the projection is
 * multiplied from the other side.
 */
export interface OpenClipTower {
  /** Where its layers are: `transformer.resblocks`, `text_model.encoder.layers`. */
  readonly blocks: readonly [openClip: string, transformers: string];
  readonly projection: readonly [openClip: string, transformers: string];
  /** All that is called otherwise and is no layer. */
  readonly modules: ModuleNames;
}

const layer = [
  ['ln_1', 'layer_norm1'],
  ['ln_2', 'layer_norm2'],
  ['attn.out_proj', 'self_attn.out_proj'],
  ['mlp.c_fc', 'mlp.fc1'],
  ['mlp.c_proj', 'mlp.fc2'],
] as const satisfies ModuleNames;

const projections = ['q_proj', 'k_proj', 'v_proj'] as const;

const namesOf = ({ blocks: [theirs, ours], modules }: OpenClipTower, layers: number): ModuleNames => [
  ...modules,
  ...[...Array(layers).keys()].flatMap((i) =>
    layer.map(([a, b]) => [`${theirs}.${i}.${a}`, `${ours}.${i}.${b}`] as const),
  ),
];

/** A tower's tensors as views by the names of transformers; those of no tower are left out. */
export function fromOpenClipTower(
  tower: OpenClipTower,
  tensors: ReadonlyMap<string, TensorEntry>,
): Map<string, TensorView> {
  const [theirs, ours] = tower.blocks;
  const { toDiffusers } = renaming(namesOf(tower, countModules(new Set(tensors.keys()), `${theirs}.`)));
  const views = new Map<string, TensorView>();
  for (const [name, entry] of tensors) {
    const [, index, part] = (name.startsWith(`${theirs}.`) && fused.exec(name.slice(theirs.length))) || [];
    const renamed = toDiffusers(name);
    if (index && (entry.shape[0] as number) % 3 === 0)
      for (const [i, projection] of projections.entries())
        views.set(`${ours}.${index}.self_attn.${projection}.${part}`, rowsOf(entry, i, 3));
    else if (name === tower.projection[0])
      views.set(tower.projection[1], { ...entry, shape: [...entry.shape].reverse(), transposed: true });
    else if (renamed) views.set(renamed, entry);
  }
  return views;
}

const fused = /^\.(\d+)\.attn\.in_proj_(weight|bias)$/;
const separate = /^\.(\d+)\.self_attn\.([qkv]_proj)\.(weight|bias)$/;

/** The inverse: tensors by the names of transformers as open_clip has them. */
export function toOpenClipTower(
  tower: OpenClipTower,
  tensors: ReadonlyMap<string, TensorSource>,
): Map<string, TensorSource> {
  const [theirs, ours] = tower.blocks;
  const { toLdm } = renaming(namesOf(tower, countModules(new Set(tensors.keys()), `${ours}.`)));
  const written = new Map<string, TensorSource>();
  for (const [name, source] of tensors) {
    const [, index, projection, part] = (name.startsWith(`${ours}.`) && separate.exec(name.slice(ours.length))) || [];
    const renamed = toLdm(name);
    if (projection === 'q_proj') {
      const parts = projections.map((of) => tensors.get(`${ours}.${index}.self_attn.${of}.${part}`));
      if (parts.every((of) => of !== undefined))
        written.set(`${theirs}.${index}.attn.in_proj_${part}`, stackedSource(parts));
    } else if (name === tower.projection[1]) written.set(tower.projection[0], transposedSource(source));
    else if (renamed) written.set(renamed, source);
  }
  return written;
}
