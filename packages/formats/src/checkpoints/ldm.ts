import type { TensorEntry } from '../safetensors-header.js';
import { reshapedSource, type TensorSource, type TensorView } from '../tensor-source.js';
import { clipTextNames } from './clip-text.js';
import { foreignCheckpoint } from './foreign-checkpoint.js';
import { diffusersUNetBlocks, ldmUNetBlocks, ldmUNetNames } from './ldm-unet.js';
import { diffusersVaeBlocks, isLdmVaeMatrix, ldmVaeBlocks, ldmVaeNames } from './ldm-vae.js';
import { renaming } from './module-names.js';
import { fromOpenClip, toOpenClip } from './open-clip.js';
import { asMatrix } from './vae.js';

/** The networks of a pipeline, by the names of their folders in a diffusers model. */
export type PipelinePart = 'unet' | 'vae' | 'text_encoder' | 'text_encoder_2';

/** A single file that is not laid out as one that is known, or lacks a part. */
export class SingleFileError extends Error {
  override name = 'SingleFileError';
}

/** How a file holds one network: what its names begin with, and both directions of what comes after that. */
interface PartLayout {
  readonly prefix: string;
  read(entries: ReadonlyMap<string, TensorEntry>): Map<string, TensorView>;
  write(sources: ReadonlyMap<string, TensorSource>): Map<string, TensorSource>;
}

const unet: PartLayout = {
  prefix: 'model.diffusion_model.',
  read(entries) {
    const { toDiffusers } = renaming(ldmUNetNames(ldmUNetBlocks(new Set(entries.keys()))));
    const strangers = [...entries.keys()].filter((name) => toDiffusers(name) === undefined);
    if (strangers.length > 0)
      throw new SingleFileError(
        `its UNet has ${strangers.length} tensors that no Stable Diffusion has: ${strangers.slice(0, 3).join(', ')}${strangers.length > 3 ? ', …' : ''}`,
      );
    return renamed(entries, toDiffusers);
  },
  write: (sources) => renamed(sources, renaming(ldmUNetNames(diffusersUNetBlocks(new Set(sources.keys())))).toLdm),
};

const vae: PartLayout = {
  prefix: 'first_stage_model.',
  read(entries) {
    const { toDiffusers } = renaming(ldmVaeNames(ldmVaeBlocks(new Set(entries.keys()))));
    return renamed(
      new Map([...entries].map(([name, entry]) => [name, isLdmVaeMatrix(name) ? asMatrix(entry) : entry])),
      toDiffusers,
    );
  },
  write(sources) {
    const { toLdm } = renaming(ldmVaeNames(diffusersVaeBlocks(new Set(sources.keys()))));
    const asConvolution = ([name, source]: [string, TensorSource]) =>
      [name, isLdmVaeMatrix(name) ? reshapedSource(source, [...source.shape, 1, 1]) : source] as const;
    return new Map([...renamed(sources, toLdm)].map(asConvolution));
  },
};

/** CLIPTextModel of transformers, whole. */
const clip = (prefix: string): PartLayout => ({
  prefix,
  read: (entries) => clipTextNames(entries),
  write: (sources) => clipTextNames(sources),
});

const openClip = (prefix: string): PartLayout => ({ prefix, read: fromOpenClip, write: toOpenClip });

/**
 * Single files of latent-diffusion (SD 1.x and 2.x) and of generative-models (SDXL), as the original repositories, ComfyUI,
 * A1111 and kohya-ss save them. They differ in their text encoders.
 */
const layouts = {
  sd1: { unet, vae, text_encoder: clip('cond_stage_model.transformer.') },
  sd2: { unet, vae, text_encoder: openClip('cond_stage_model.model.') },
  sdxl: {
    unet,
    vae,
    text_encoder: clip('conditioner.embedders.0.transformer.'),
    text_encoder_2: openClip('conditioner.embedders.1.model.'),
  },
  'sdxl-refiner': { unet, vae, text_encoder_2: openClip('conditioner.embedders.0.model.') },
} as const satisfies Record<string, Partial<Record<PipelinePart, PartLayout>>>;

export type LdmLayout = keyof typeof layouts;
export const ldmLayouts = Object.keys(layouts) as LdmLayout[];

type Parts<T> = Readonly<Partial<Record<PipelinePart, ReadonlyMap<string, T>>>>;

/**
 * The networks of a single file by the names of diffusers. What belongs to none, such as the running average `model_ema.*`
 * and the noise schedule, is left out.
 *
 * @throws SingleFileError saying what the file has instead; the caller says which file
 */
export function readLdm(tensors: ReadonlyMap<string, TensorEntry>): { layout: LdmLayout; parts: Parts<TensorView> } {
  const layout = ldmLayouts.find((name) => Object.values(partsOf(name)).every(({ prefix }) => has(tensors, prefix)));
  if (!layout) throw new SingleFileError(foreignCheckpoint(tensors, prefixes));
  const parts = Object.entries(partsOf(layout)).map(([part, { prefix, read }]) => [part, read(below(tensors, prefix))]);
  return { layout, parts: Object.fromEntries(parts) as Parts<TensorView> };
}

/** The tensors of a single file from the networks by the names of diffusers; a part that is left out is not written. */
export function writeLdm(layout: LdmLayout, parts: Parts<TensorSource>): Map<string, TensorSource> {
  return new Map(
    Object.entries(partsOf(layout)).flatMap(([part, { prefix, write }]) =>
      [...write(parts[part as PipelinePart] ?? new Map())].map(([name, source]) => [prefix + name, source] as const),
    ),
  );
}

/** What the names of a part begin with in a file. */
export function ldmPrefix(layout: LdmLayout, part: PipelinePart): string | undefined {
  return partsOf(layout)[part]?.prefix;
}

const partsOf = (layout: LdmLayout): Partial<Record<PipelinePart, PartLayout>> => layouts[layout];

const prefixes = Object.fromEntries(
  ldmLayouts.flatMap((layout) => Object.entries(partsOf(layout)).map(([part, { prefix }]) => [prefix, part])),
);

function has(tensors: ReadonlyMap<string, unknown>, prefix: string): boolean {
  for (const name of tensors.keys()) if (name.startsWith(prefix)) return true;
  return false;
}

function below<T>(tensors: ReadonlyMap<string, T>, prefix: string): Map<string, T> {
  return new Map(
    [...tensors].flatMap(([name, tensor]) => (name.startsWith(prefix) ? [[name.slice(prefix.length), tensor]] : [])),
  );
}

function renamed<T>(tensors: ReadonlyMap<string, T>, rename: (name: string) => string | undefined): Map<string, T> {
  return new Map(
    [...tensors].flatMap(([name, tensor]) => {
      const other = rename(name);
      return other === undefined ? [] : [[other, tensor] as const];
    }),
  );
}
