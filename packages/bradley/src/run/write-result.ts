import { cp, mkdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { float32Tensor, type LoraModules, type Tensor, writeLora, writeSafetensors } from '@bradley/formats';
import { copyParts, type DiffusionModel, loraBaseOf, writeSingleFile } from '@bradley/models';
import { type LearntFrom, learntFromMetadata } from '@bradley/preferences';
import { type AdapterSettings, type ParameterBuffer, viewsOf } from '@bradley/train';
import { writeLearntFrom } from './learnt-from-file.js';

/** The name that diffusers' `load_lora_weights` looks for. */
export const loraFile = 'pytorch_lora_weights.safetensors';

/** The same LoRA in the names of kohya-ss, which ComfyUI and A1111 load; of SDXL on the original blocks, as sd-scripts do. */
export const kohyaFile = 'lora_kohya.safetensors';

/** The model of a full fine-tuning, in the run's folder: a folder or a single file, as the one that was trained. */
export const fullFolder = 'model';
export const fullFile = 'model.safetensors';

/** What a run that trains such an adapter of such a model writes. */
export const resultName = (adapter: Pick<AdapterSettings, 'kind'>, model: 'folder' | 'file'): string =>
  adapter.kind === 'lora' ? loraFile : model === 'file' ? fullFile : fullFolder;

/**
 * Writes what a run trained: a LoRA as `pytorch_lora_weights.safetensors` and `lora_kohya.safetensors`, or for full
 * fine-tuning the whole model with the new UNet, laid out as the one it began from. Returns its path. What was trained says what it
 * learnt from: a folder in learnt-from.json, a file in its metadata.
 */
export async function writeResult(
  runFolder: string,
  folder: DiffusionModel,
  adapter: AdapterSettings,
  { segments }: ParameterBuffer,
  values: Float32Array,
  learntFrom: LearntFrom,
): Promise<string> {
  const views = viewsOf(segments, values);
  const metadata = learntFromMetadata(learntFrom);
  if (adapter.kind === 'lora') {
    const path = join(runFolder, loraFile);
    const modules = loraModules(folder, segments, views, adapter.alpha);
    const base = loraBaseOf(folder);
    const options = { base, title: basename(runFolder), metadata };
    await writeLora(path, 'diffusers', modules, { ...options, targets: { unet: adapter.targets } });
    const kohya = folder.textEncoders.length > 1 && base.unet ? 'kohya-ldm' : 'kohya';
    await writeLora(join(runFolder, kohyaFile), kohya, modules, options);
    return path;
  }
  const tensors = new Map(segments.map(({ name, shape }) => [name, float32Tensor(shape, views[name] as Float32Array)]));
  const path = join(runFolder, resultName(adapter, folder.layout === 'folder' ? 'folder' : 'file'));
  if (folder.layout === 'folder') await writeFolder(path, folder, tensors, learntFrom);
  else await writeSingleFile(path, folder, tensors, metadata);
  return path;
}

async function writeFolder(
  path: string,
  folder: DiffusionModel,
  tensors: ReadonlyMap<string, Tensor>,
  learntFrom: LearntFrom,
): Promise<void> {
  const part = join(dirname(path), `.part-${basename(path)}`);
  await rm(part, { recursive: true, force: true });
  await copyParts(folder.path, part, async (name, _, to) => {
    if (name !== 'unet') return false;
    await mkdir(to);
    await cp(join(folder.unet.path, 'config.json'), join(to, 'config.json'), { dereference: true });
    await writeSafetensors(join(to, 'diffusion_pytorch_model.safetensors'), tensors, { format: 'pt' });
    return true;
  });
  await writeLearntFrom(part, learntFrom);
  await rm(path, { recursive: true, force: true });
  await rename(part, path);
}

/** Gathers the halves by layer. The LoRA of a convolution is two themselves: its files hold (rank, in, h, w) and (out, rank, 1, 1). */
function loraModules(
  folder: DiffusionModel,
  segments: ParameterBuffer['segments'],
  views: Readonly<Record<string, Float32Array>>,
  alpha: number,
): LoraModules {
  const tensor = (layer: string, half: 'A' | 'B') => {
    const name = `${layer}.lora_${half}.weight`;
    const segment = segments.find((of) => of.name === name);
    if (!segment) throw new Error(`the adapter has no ${name}`);
    const ofConvolution = folder.unet.tensors.get(`${layer}.weight`)?.shape.length === 4;
    const shape = ofConvolution && segment.shape.length === 2 ? [...segment.shape, 1, 1] : segment.shape;
    return float32Tensor(shape, views[name] as Float32Array);
  };
  const layers = segments.flatMap(({ name }) =>
    name.endsWith('.lora_A.weight') ? [name.slice(0, -'.lora_A.weight'.length)] : [],
  );
  return new Map(layers.map((layer) => [`unet.${layer}`, { A: tensor(layer, 'A'), B: tensor(layer, 'B'), alpha }]));
}
