import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SamplerName } from '@bradley/diffusion';
import type { Case } from '@bradley/evaluate';
import { encodePng, fromModelRange, readSafetensors, toFloat32, writeFileAtomic } from '@bradley/formats';
import { type DiffusionModel, openImageSampler, requireSampling, type SamplingAdapter } from '@bradley/models';
import { promptKey } from '@bradley/preferences';
import type { DeviceName } from '@bradley/runtime';
import { cacheKey, type FrozenPrecision, fingerprint } from '@bradley/train';
import { readSamplingAdapter } from '../lora/use-lora.js';
import { type ModelOptions, openModel } from '../open-model.js';
import { frozenModel } from '../run/frozen-model.js';
import { roomFor } from '../sample-images.js';
import type { DrawnContestant } from './contestants.js';

/** How every contestant draws. */
export interface DrawSettings {
  readonly steps: number;
  readonly guidance: number;
  readonly sampler: SamplerName | null;
  /** Pixels; null is the model's own. */
  readonly height: number | null;
  readonly width: number | null;
  readonly batch: number;
  readonly frozenWeights: FrozenPrecision;
  readonly device: DeviceName;
  readonly threads: number | null;
  readonly fetch: ModelOptions;
}

export interface DrawOptions {
  /** Where pictures are kept, by what they depend on: those of another evaluation with the same settings are used. */
  readonly folder: string;
  readonly onPicture?: (done: number, total: number) => void;
  readonly onNote?: (text: string) => void;
}

/**
 * Draws every case by a contestant, and returns the files, a PNG a case. The noise of a case depends on its seed alone, so that all contestants
 * begin alike. What is there is not drawn again: pictures are made in fixed batches, of which each is drawn whole, so that a drawing that
 * was killed goes on to the same bytes.
 */
export async function drawPictures(
  contestant: DrawnContestant,
  cases: readonly Case[],
  settings: DrawSettings,
  { folder, onPicture = () => {}, onNote = () => {} }: DrawOptions,
): Promise<string[]> {
  const stored = await openModel(contestant.model, settings.fetch);
  requireSampling(stored, settings.sampler ?? undefined);
  const home = join(folder, await drawingKey(contestant, stored, settings));
  await mkdir(home, { recursive: true });
  const files = cases.map(({ prompt, seed }) => join(home, `${promptKey(prompt)}-${seed}.png`));
  const there = new Set((await readdir(home)).map((name) => join(home, name)));
  const { batch } = settings;
  const missing: number[][] = [];
  for (let start = 0; start < cases.length; start += batch) {
    const rows = cases.slice(start, start + batch).map((_, i) => start + i);
    if (rows.some((row) => !there.has(files[row] as string))) missing.push(rows);
  }
  let done = cases.length - missing.flat().length;
  onPicture(done, cases.length);
  if (missing.length === 0) return files;
  const model = await frozenModel(stored, settings.frozenWeights, onNote);
  const adapter = await adapterOf(contestant, model);
  const { height, width, device, threads } = settings;
  const sampler = await openImageSampler(model, {
    batch,
    device,
    ...(adapter ? roomFor(adapter) : {}),
    ...(height === null ? {} : { height }),
    ...(width === null ? {} : { width }),
    ...(threads === null ? {} : { threads }),
  });
  try {
    for (const rows of missing) {
      const asked = rows.map((row) => cases[row] as Case);
      const images = await sampler.sample({
        prompts: asked.map(({ prompt }) => prompt),
        seeds: asked.map(({ seed }) => seed),
        steps: settings.steps,
        guidance: settings.guidance,
        adapter,
        ...(settings.sampler === null ? {} : { sampler: settings.sampler }),
      });
      for (const [i, image] of images.entries()) {
        const png = await encodePng(fromModelRange(image.data), image.width, image.height);
        await writeFileAtomic(files[rows[i] as number] as string, png);
      }
      done += rows.length;
      onPicture(done, cases.length);
    }
  } finally {
    await sampler.release();
  }
  return files;
}

/** 16 hex digits over everything but prompt and seed that a picture depends on. */
async function drawingKey(
  { adapter }: DrawnContestant,
  model: DiffusionModel,
  { steps, guidance, sampler, height, width, batch, frozenWeights, device }: DrawSettings,
): Promise<string> {
  const parts = [model.unet, model.vae, ...model.textEncoders];
  const weights = await Promise.all(parts.map(({ tensors, config }) => fingerprint(tensors, config)));
  const laidOver =
    adapter === null
      ? 'none'
      : adapter.kind === 'lora'
        ? `${await sha256Of(adapter.use.path)} ${adapter.use.strength}`
        : `${await sha256Of(join(adapter.path, parametersFile(adapter.config)))} ${JSON.stringify(adapter.config.adapter)}`;
  const how = JSON.stringify({ steps, guidance, sampler, height, width, batch, frozenWeights, device });
  return cacheKey(...weights, JSON.stringify(model.scheduler), laidOver, how).slice(0, 16);
}

async function adapterOf({ adapter }: DrawnContestant, model: DiffusionModel): Promise<SamplingAdapter | null> {
  if (adapter === null) return null;
  if (adapter.kind === 'lora') return readSamplingAdapter(model, [adapter.use]);
  const { path, config } = adapter;
  if (config.adapter.kind !== 'lora') throw new Error(`${path} is no checkpoint of a LoRA.`);
  const { tensors } = await readSafetensors(join(path, parametersFile(config)));
  return {
    config: config.adapter,
    tensors: Object.fromEntries([...tensors].map(([name, tensor]) => [name, toFloat32(tensor)])),
  };
}

/** What a run would write as its result: the average of the parameters, where it keeps one. */
const parametersFile = ({ train }: { readonly train: { readonly ema: unknown } }): string =>
  train.ema ? 'average.safetensors' : 'parameters.safetensors';

async function sha256Of(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}
