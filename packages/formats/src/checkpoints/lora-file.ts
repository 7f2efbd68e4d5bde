import { openSafetensors, readSafetensors, writeSafetensors } from '../safetensors.js';
import { float32Tensor, type Tensor } from '../tensor.js';
import { guessBase, loraBases, plainBase } from './lora-base.js';
import { comfyuiLayout } from './lora-comfyui.js';
import { diffusersLayout } from './lora-diffusers.js';
import { refuseForeign } from './lora-foreign.js';
import { kohyaLayout } from './lora-kohya.js';
import { kohyaLdmLayout } from './lora-kohya-ldm.js';
import type { LoraBase, LoraLayout } from './lora-layout.js';
import { carriedMetadata, kohyaMetadata, modelSpec, tensorsHash } from './lora-metadata.js';
import { joinParts, LoraError, type LoraModules, type LoraPart, type LoraParts } from './lora-modules.js';
import { peftAlphas, peftMetadata, peftMetadataKey } from './lora-peft-metadata.js';

/** Every layout of LoRA files, both ways. A layout is a file here and a row. A file is of the first that claims its names. */
export const loraLayouts = {
  diffusers: diffusersLayout,
  kohya: kohyaLayout,
  'kohya-ldm': kohyaLdmLayout,
  comfyui: comfyuiLayout,
} as const satisfies Record<string, LoraLayout>;

export type LoraLayoutName = keyof typeof loraLayouts;
export const loraLayoutNames = Object.keys(loraLayouts) as LoraLayoutName[];

export interface LoraFile {
  readonly path: string;
  readonly layout: LoraLayoutName;
  readonly modules: LoraModules;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Reads the LoRA of a UNet and of text encoders, whatever of the known layouts it has. A layer's alpha is its tensor, else
 * what PEFT's metadata says, else its rank, as the tools of these layouts take it.
 *
 * @param base the model, which matters to names that count through the blocks of a UNet; default a released one
 * @throws LoraError for a file with anything in it that would be left out
 */
export async function readLora(path: string, base: LoraBase | null = null): Promise<LoraFile> {
  const names = [...(await openSafetensors(path)).tensors.keys()];
  refuseForeign(path, names);
  const layout = recogniseLora(path, names);
  const { tensors, metadata } = await readSafetensors(path);
  const found = new Map<string, LoraParts>();
  for (const [name, tensor] of tensors) {
    const place = loraLayouts[layout].locate(name, base);
    if (!place) throw new LoraError(`${path}: ${name} names no layer of a UNet or a CLIP in ${layout} names.`);
    const parts = found.get(place.layer) ?? {};
    if (place.part in parts)
      throw new LoraError(`${path}: ${name} gives ${place.part} of ${place.layer} a second time, in another spelling.`);
    found.set(place.layer, { ...parts, [place.part]: tensor });
  }
  const text = layout === 'diffusers' ? metadata[peftMetadataKey] : undefined;
  const alphaOf = text === undefined ? () => undefined : peftAlphas(path, text);
  return { path, layout, metadata, modules: joinParts(path, found, (layer, rank) => alphaOf(layer, rank) ?? rank) };
}

/**
 * The layout that tensors of these names are in.
 * @throws LoraError naming a few that are of none, or of another than the rest
 */
export function recogniseLora(path: string, names: readonly string[]): LoraLayoutName {
  if (names.length === 0) throw new LoraError(`${path}: there is no tensor in it.`);
  const counted = loraLayoutNames.map((layout) => ({
    layout,
    strangers: names.filter((name) => !loraLayouts[layout].claims(name)),
  }));
  const best = counted.reduce((a, b) => (b.strangers.length < a.strangers.length ? b : a));
  const { strangers } = best;
  if (strangers.length === 0) return best.layout;
  const some = `${strangers.slice(0, 3).join(', ')}${strangers.length > 3 ? `, … (${strangers.length} in all)` : ''}`;
  throw new LoraError(
    strangers.length === names.length
      ? `${path}: it is not a LoRA in the names of ${loraLayoutNames.join(', ')}: it has ${some}.`
      : `${path}: most of its names are ${best.layout}, but not ${some}. The file mixes layouts: convert its parts one by one.`,
  );
}

export interface WriteLoraOptions {
  /** The model, where it is known: it is guessed from the widths of the layers. */
  readonly base?: LoraBase;
  /** Names of the adapted layers by network, for PEFT's metadata, as ends of paths. Default: every layer by its path. */
  readonly targets?: Readonly<Partial<Record<string, readonly string[]>>>;
  /** Metadata of the file that the LoRA was read from; what is about its tensors is not taken over. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** What tools show. Default `LoRA`. */
  readonly title?: string;
}

/**
 * Writes a LoRA in a layout, with its alphas and the metadata that the layout's readers look for.
 * @throws LoraError naming layers that the layout cannot hold
 */
export async function writeLora(
  path: string,
  layout: LoraLayoutName,
  modules: LoraModules,
  { base: given, targets, metadata = {}, title = 'LoRA' }: WriteLoraOptions = {},
): Promise<void> {
  const guess = guessBase(modules);
  const base = given ?? (guess ? loraBases[guess] : plainBase(modules));
  const tensors = layoutTensors(path, layout, modules, base);
  const sha256 = tensorsHash(tensors);
  const original = layout === 'kohya-ldm' || layout === 'comfyui';
  await writeSafetensors(path, tensors, {
    ...carriedMetadata(metadata),
    format: 'pt',
    ...modelSpec(base, { title, original, sha256 }),
    ...(layout === 'diffusers'
      ? { [peftMetadataKey]: peftMetadata(modules, targets) }
      : { ...kohyaMetadata(modules, base), sshs_model_hash: sha256 }),
  });
}

function layoutTensors(
  path: string,
  layout: LoraLayoutName,
  modules: LoraModules,
  base: LoraBase,
): Map<string, Tensor> {
  const { nameOf } = loraLayouts[layout];
  const lost = [...modules.keys()].filter((layer) => nameOf(layer, 'A', base) === null);
  if (lost.length > 0)
    throw new LoraError(
      `${path}: ${layout} has no name for ${lost.slice(0, 3).join(', ')}${lost.length > 3 ? `, … (${lost.length} in all)` : ''}. ` +
        (base.unet
          ? 'The LoRA is of another kind of model.'
          : 'The names depend on the model, and this is of no released one: give the model (--model).'),
    );
  const part = (layer: string, of: LoraPart, tensor: Tensor): [string, Tensor][] => {
    const name = nameOf(layer, of, base);
    return name === null ? [] : [[name, tensor]];
  };
  return new Map(
    [...modules].flatMap(([layer, { A, B, alpha }]) => [
      ...part(layer, 'A', A),
      ...part(layer, 'B', B),
      ...part(layer, 'alpha', float32Tensor([], Float32Array.of(alpha))),
    ]),
  );
}
