import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { SamplerName } from '@bradley/diffusion';
import { encodePng, fromModelRange, imageGrid, readDiffusersLora, toFloat32, writeFileAtomic } from '@bradley/formats';
import { type DiffusionModel, openImageSampler, type SamplingAdapter } from '@bradley/models';
import { type ModelOptions, openModel } from './open-model.js';

export interface SampleOptions {
  /** A diffusers folder, a single file, or `owner/name` of the Hugging Face hub. */
  readonly model: string;
  /** The variant of its weights, what a single file does not hold, and how to fetch it where it is not here. */
  readonly fetch?: ModelOptions;
  readonly prompts: readonly string[];
  /** One image a prompt for each. */
  readonly seeds: readonly number[];
  /** A LoRA file in diffusers' layout. */
  readonly lora?: string;
  /** Factor on the LoRA. Default 1. */
  readonly strength?: number;
  readonly steps: number;
  readonly guidance: number;
  readonly sampler?: SamplerName;
  readonly height?: number;
  readonly width?: number;
  readonly batch?: number;
  readonly threads?: number;
  /** Folder to write to. */
  readonly output: string;
  readonly onImage?: (done: number, total: number) => void;
}

export interface WrittenImage {
  readonly file: string;
  readonly prompt: string;
  readonly seed: number;
}

/** Samples every prompt with every seed, writes a PNG for each and `grid.png` (a row a prompt), and says what it wrote. */
export async function sampleImages(options: SampleOptions): Promise<{ images: WrittenImage[]; grid: string }> {
  const { prompts, seeds, output, lora, strength = 1, sampler, steps, guidance, onImage } = options;
  const folder = await openModel(options.model, options.fetch);
  const adapter = lora === undefined ? null : await readSamplingAdapter(lora, strength);
  if (adapter && lora) requireLayers(adapter, folder, lora);
  const { height, width, batch, threads } = options;
  const opened = await openImageSampler(folder, {
    byTurns: true,
    ...(adapter ? { adapter: adapter.config } : {}),
    ...definedOnly({ height, width, batch, threads }),
  });
  const each = prompts.flatMap((prompt) => seeds.map((seed) => ({ prompt, seed })));
  const sampled = await opened.sample({
    prompts: each.map(({ prompt }) => prompt),
    seeds: each.map(({ seed }) => seed),
    steps,
    guidance,
    adapter,
    ...definedOnly({ sampler, onImage }),
  });
  await opened.release();
  await mkdir(output, { recursive: true });
  const pictures = sampled.map((image) => ({
    width: image.width,
    height: image.height,
    data: fromModelRange(image.data),
  }));
  const images: WrittenImage[] = [];
  for (const [i, { width: w, height: h, data }] of pictures.entries()) {
    const { prompt, seed } = each[i] as (typeof each)[number];
    const file = join(output, `${String(i).padStart(4, '0')}.png`);
    await writeFileAtomic(file, await encodePng(data, w, h));
    images.push({ file, prompt, seed });
  }
  const grid = join(output, 'grid.png');
  const labels = each.map(({ prompt, seed }) => (seeds.length > 1 ? `${prompt} · ${seed}` : prompt));
  await writeFileAtomic(
    grid,
    await imageGrid(pictures, seeds.length > 1 ? seeds.length : Math.ceil(Math.sqrt(prompts.length)), labels),
  );
  await writeFileAtomic(join(output, 'images.jsonl'), images.map((image) => `${JSON.stringify(image)}\n`).join(''));
  return { images, grid };
}

/** A LoRA file as the sampler takes it. Every layer must have the same rank and alpha, as a run of ours writes it. */
export async function readSamplingAdapter(path: string, strength = 1): Promise<SamplingAdapter> {
  const modules = await readDiffusersLora(path);
  const [first] = modules.values();
  const rank = first?.A.shape[0];
  if (!first || rank === undefined) throw new Error(`${path}: there is no LoRA layer in it.`);
  const other = [...modules].find(([, { A, alpha }]) => A.shape[0] !== rank || alpha !== first.alpha);
  if (other)
    throw new Error(
      `${path}: ${other[0]} has rank ${other[1].A.shape[0]}, alpha ${other[1].alpha}; the first layer ${rank}, ${first.alpha}. Mixed ranks cannot be sampled yet.`,
    );
  const tensors = [...modules].flatMap(([layer, { A, B }]) => [
    [`${layer}.lora_A.weight`, toFloat32(A)] as const,
    [`${layer}.lora_B.weight`, toFloat32(B)] as const,
  ]);
  return {
    config: { rank, alpha: first.alpha, targets: [...modules.keys()] },
    tensors: Object.fromEntries(tensors),
    strength,
  };
}

/** Every layer of the LoRA must be one of the UNet: one that is not would be left out silently. */
function requireLayers({ config }: SamplingAdapter, { unet }: DiffusionModel, path: string): void {
  const foreign = config.targets.filter((layer) => !unet.tensors.has(`${layer}.weight`));
  if (foreign.length > 0)
    throw new Error(
      `${path}: it has ${foreign.slice(0, 3).join(', ')}${foreign.length > 3 ? ` and ${foreign.length - 3} more` : ''}, but ` +
        `${unet.path} has no such layer${foreign.length > 1 ? 's' : ''}. The LoRA was made for another model.`,
    );
}

/** The entries that are set: with exact optional properties, undefined is not absent. */
function definedOnly<T extends object>(of: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(of).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
