import { mkdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { SamplerName } from '@bradley/diffusion';
import { encodePng, fromModelRange, imageGrid, type RgbImage, writeFileAtomic } from '@bradley/formats';
import { openImageSampler, requireSampling, type SamplingAdapter, type TextAdapters } from '@bradley/models';
import type { DeviceName } from '@bradley/runtime';
import type { FrozenPrecision } from '@bradley/train';
import { type LoraUse, readSamplingAdapter } from './lora/use-lora.js';
import { type ModelOptions, openModel } from './open-model.js';
import { frozenModel } from './run/frozen-model.js';
import { unknownWordsMessage } from './unknown-words.js';

export interface SampleOptions {
  /** A diffusers folder, a single file, or `owner/name` of the Hugging Face hub. */
  readonly model: string;
  /** The variant of its weights, what a single file does not hold, and how to fetch it where it is not here. */
  readonly fetch?: ModelOptions;
  readonly prompts: readonly string[];
  /** One image a prompt for each. */
  readonly seeds: readonly number[];
  /** LoRA files, in any layout that is read; their updates add up. */
  readonly lora?: readonly LoraUse[];
  /** Factor on all of them. Default 1. */
  readonly strength?: number;
  readonly steps: number;
  readonly guidance: number;
  readonly sampler?: SamplerName;
  /** How the UNet's large weights are kept: rounded they take less memory. Default as the model has them. */
  readonly frozenWeights?: FrozenPrecision;
  readonly height?: number;
  readonly width?: number;
  readonly batch?: number;
  /** Default the CPU. `chooseDevice` says whether another one can be used. */
  readonly device?: DeviceName;
  readonly threads?: number;
  /** Folder to write to; one without pictures of another sampling. */
  readonly output: string;
  readonly onImage?: (done: number, total: number) => void;
  /** Told how the weights are rounded, and of words of the prompts that the model does not know. */
  readonly onMessage?: (message: string) => void;
}

/** A picture, and what a comparison's candidate says of it: a line of `images.jsonl`, so that whoever labels it knows whose it is. */
export interface WrittenImage {
  /** In `output`; in the list its name alone. */
  readonly file: string;
  readonly prompt: string;
  readonly seed: number;
  /** As it was named. */
  readonly model: string;
  /** Its LoRA files, `file:strength` where that is not 1; absent where there are none. */
  readonly adapter?: string;
  readonly steps: number;
  readonly guidance: number;
}

/** The file that says what a folder's pictures are. */
const imagesFile = 'images.jsonl';

/**
 * Refuses to mix the pictures of two samplings.
 * @throws Error naming the folder, where it holds those of another
 */
export async function requireNoPictures(output: string): Promise<void> {
  const taken = await stat(join(output, imagesFile)).then(
    () => true,
    () => false,
  );
  if (taken)
    throw new Error(
      `${output} holds the pictures of another sampling already (${imagesFile}). Name another --output, or remove it.`,
    );
}

/** Pictures that are in memory at once: of a list of prompts of any length. */
const atOnce = 64;

export interface WrittenImages {
  readonly images: readonly WrittenImage[];
  /** The first pictures side by side, a row a prompt. */
  readonly grid: string;
  readonly inGrid: number;
}

/** Samples every prompt with every seed, writes a PNG for each and `grid.png` of the first 64, and says what it wrote. */
export async function sampleImages(options: SampleOptions): Promise<WrittenImages> {
  const { prompts, seeds, output, lora, strength = 1, sampler, steps, guidance, onImage } = options;
  const { frozenWeights = 'stored', onMessage = () => {} } = options;
  await requireNoPictures(output);
  const model = await openModel(options.model, options.fetch);
  requireSampling(model, sampler);
  for (const prompt of prompts) {
    const message = unknownWordsMessage(model, prompt);
    if (message) onMessage(message);
  }
  const folder = await frozenModel(model, frozenWeights, onMessage);
  const adapter = lora?.length ? await readSamplingAdapter(folder, lora, strength) : null;
  const { height, width, batch, device, threads } = options;
  const opened = await openImageSampler(folder, {
    byTurns: true,
    ...(adapter ? roomFor(adapter) : {}),
    ...definedOnly({ height, width, batch, device, threads }),
  });
  const each = prompts.flatMap((prompt) => seeds.map((seed) => ({ prompt, seed })));
  await mkdir(output, { recursive: true });
  const made = {
    model: options.model,
    ...definedOnly({ adapter: adapterName(lora ?? [], strength) }),
    steps,
    guidance,
  };
  const images: WrittenImage[] = [];
  const shown: RgbImage[] = [];
  const stride = Math.ceil(atOnce / (batch ?? 1)) * (batch ?? 1); // whole batches, as if all were sampled at once
  try {
    for (let start = 0; start < each.length; start += stride) {
      const these = each.slice(start, start + stride);
      const sampled = await opened.sample({
        prompts: these.map(({ prompt }) => prompt),
        seeds: these.map(({ seed }) => seed),
        steps,
        guidance,
        adapter,
        onImage: (done) => onImage?.(start + done, each.length),
        ...definedOnly({ sampler }),
      });
      for (const [i, { width: w, height: h, data }] of sampled.entries()) {
        const file = join(output, `${String(start + i).padStart(4, '0')}.png`);
        const picture = { width: w, height: h, data: fromModelRange(data) };
        await writeFileAtomic(file, await encodePng(picture.data, w, h));
        images.push({ file, ...(these[i] as (typeof each)[number]), ...made });
        if (shown.length < atOnce) shown.push(picture);
      }
    }
  } finally {
    await opened.release();
  }
  const grid = join(output, 'grid.png');
  const labels = shown.map((_, i) => {
    const { prompt, seed } = each[i] as (typeof each)[number];
    return seeds.length > 1 ? `${seed} · ${prompt}` : prompt;
  });
  const columns = seeds.length > 1 ? Math.min(seeds.length, shown.length) : Math.ceil(Math.sqrt(shown.length));
  await writeFileAtomic(grid, await imageGrid(shown, columns, labels));
  // Named from the list's own folder, so that the folder can be renamed and moved.
  const lines = images.map((image) => `${JSON.stringify({ ...image, file: basename(image.file) })}\n`);
  await writeFileAtomic(join(output, imagesFile), lines.join(''));
  return { images, grid, inGrid: shown.length };
}

function adapterName(lora: readonly LoraUse[], strength: number): string | undefined {
  const names = lora.map(({ path, strength: of }) => (of * strength === 1 ? path : `${path}:${of * strength}`));
  return names.length > 0 ? names.join(' + ') : undefined;
}

/** What a sampler must know of an adapter when it is opened. */
export function roomFor({ config, textEncoders = {} }: SamplingAdapter): {
  adapter: SamplingAdapter['config'];
  textAdapters: TextAdapters;
} {
  const ofText = Object.entries(textEncoders).map(([name, part]) => [name, part.config]);
  return { adapter: config, textAdapters: Object.fromEntries(ofText) };
}

/** The entries that are set: with exact optional properties, undefined is not absent. */
function definedOnly<T extends object>(of: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(of).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
