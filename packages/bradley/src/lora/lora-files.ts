import { basename, extname } from 'node:path';
import {
  guessBase,
  type LoraFamily,
  type LoraLayoutName,
  loraLayouts,
  newPath,
  type ResizedLayer,
  type ResizeTarget,
  rankOf,
  readLora,
  resizeLora,
  updateNorm,
  writeLora,
} from '@bradley/formats';
import { type DiffusionModel, loraBaseOf, type MergeLoraOptions, mergeLora, requireLoraFits } from '@bradley/models';
import { learntFromMetadata } from '@bradley/preferences';
import { originOfMerged } from '../evaluate/origin.js';
import { learntFromFile, learntFromText } from '../run/learnt-from-file.js';
import { type LoraUse, readLoras } from './use-lora.js';

/** What a LoRA file holds. */
export interface DescribedLora {
  readonly path: string;
  readonly layout: LoraLayoutName;
  readonly title: string;
  /** The released model that its widths are of; null for another. */
  readonly base: LoraFamily | null;
  readonly layers: readonly {
    readonly layer: string;
    readonly rank: number;
    readonly alpha: number;
    /** (in, out), and the sides of a kernel. */
    readonly shape: readonly number[];
    readonly dtype: string;
    /** Frobenius norm of alpha / rank · B A. */
    readonly norm: number;
  }[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** Reads a LoRA file and says all about it. */
export async function describeLora(path: string): Promise<DescribedLora> {
  const { layout, modules, metadata } = await readLora(path);
  const layers = [...modules].map(([layer, module]) => ({
    layer,
    rank: rankOf(module),
    alpha: module.alpha,
    shape: [module.A.shape[1] as number, module.B.shape[0] as number, ...module.A.shape.slice(2)],
    dtype: module.B.dtype,
    norm: updateNorm(module),
  }));
  return { path, layout, title: loraLayouts[layout].title, base: guessBase(modules), layers, metadata };
}

/**
 * Writes a LoRA file in another layout.
 * @param to a file that does not exist
 * @param model what the LoRA is for; needed only where names count through the blocks of a UNet that is not a released one
 */
export async function convertLora(
  from: string,
  to: string,
  layout: LoraLayoutName,
  model: DiffusionModel | null = null,
): Promise<{ readonly from: LoraLayoutName; readonly layers: number }> {
  const output = await newPath(to);
  const base = model && loraBaseOf(model);
  const file = await readLora(from, base);
  if (model) requireLoraFits(model, file.modules, from);
  await writeLora(output, layout, file.modules, {
    ...(base ? { base } : {}),
    metadata: file.metadata,
    title: titleOf(to),
  });
  return { from: file.layout, layers: file.modules.size };
}

/** Writes a LoRA file of lower rank in the same layout, one that does not exist, and says what each layer kept. */
export async function resizeLoraFile(
  from: string,
  to: string,
  target: ResizeTarget,
  model: DiffusionModel | null = null,
): Promise<readonly ResizedLayer[]> {
  const output = await newPath(to);
  const base = model && loraBaseOf(model);
  const file = await readLora(from, base);
  const { modules, report } = resizeLora(file.modules, target);
  await writeLora(output, file.layout, modules, {
    ...(base ? { base } : {}),
    metadata: file.metadata,
    title: titleOf(to),
  });
  return report;
}

/** A merged model. */
export interface MergedModel {
  /** How many weights changed. */
  readonly weights: number;
  /** Whether it says all that it learnt from: all of its LoRAs do. */
  readonly saysOrigin: boolean;
}

/** Writes a model with LoRAs in its weights, and into it what they and the model learnt from, as far as they say it. */
export async function mergeLoraFiles(
  model: DiffusionModel,
  uses: readonly LoraUse[],
  output: string,
  options: Pick<MergeLoraOptions, 'onTensor'> = {},
): Promise<MergedModel> {
  const modules = await readLoras(model, uses);
  const origin = await originOfMerged(
    model.path,
    uses.map(({ path }) => path),
  );
  await mergeLora(model, modules, output, {
    ...options,
    texts: { [learntFromFile]: learntFromText(origin) },
    metadata: learntFromMetadata(origin),
  });
  return { weights: modules.size, saysOrigin: !origin.incomplete };
}

const titleOf = (path: string): string => basename(path, extname(path));
