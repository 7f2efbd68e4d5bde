import { joinLoras, LoraError, type LoraModules, readLora, type WeightedLora } from '@bradley/formats';
import {
  type DiffusionModel,
  loraBaseOf,
  requireLoraFits,
  type SamplingAdapter,
  samplingAdapter,
} from '@bradley/models';

/** A LoRA file, in any layout that is read, and how strongly it counts. */
export interface LoraUse {
  readonly path: string;
  readonly strength: number;
}

/**
 * `file` or `file:strength`.
 * @throws LoraError where what follows `.safetensors:` is no finite number
 */
export function parseLoraUse(text: string): LoraUse {
  const { path, strength } = /^(?<path>.+):(?<strength>[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?)$/i.exec(text)?.groups ?? {};
  const [, file, after] = /^(.+\.safetensors):([^/\\]*)$/i.exec(text) ?? [];
  if (file !== undefined && !Number.isFinite(Number(strength ?? Number.NaN)))
    throw new LoraError(`${text}: '${after}' is no strength. Write a number after the colon, as in ${file}:0.8.`);
  return path && strength ? { path, strength: Number(strength) } : { path: text, strength: 1 };
}

/**
 * LoRA files of a model as one: their updates, each times its strength, add up.
 * @throws LoraError naming the file, where one is for another model
 */
export async function readLoras(model: DiffusionModel, uses: readonly LoraUse[]): Promise<LoraModules> {
  const base = loraBaseOf(model);
  const loras: WeightedLora[] = [];
  for (const { path, strength } of uses) {
    const { modules } = await readLora(path, base);
    requireLoraFits(model, modules, path);
    loras.push({ modules, strength });
  }
  const [first] = loras;
  return loras.length === 1 && first?.strength === 1 ? first.modules : joinLoras(loras);
}

/** LoRA files as the sampler takes them: of a UNet and text encoders, of any ranks. */
export async function readSamplingAdapter(
  model: DiffusionModel,
  uses: string | readonly LoraUse[],
  strength = 1,
): Promise<SamplingAdapter> {
  const list = typeof uses === 'string' ? [{ path: uses, strength: 1 }] : uses;
  return samplingAdapter(model, await readLoras(model, list), strength);
}
