import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import {
  addLora,
  float32Tensor,
  float32ToBfloat16,
  float32ToFloat16,
  LoraError,
  type LoraModule,
  type LoraModules,
  newPath,
  openSafetensors,
  readTensor,
  type Tensor,
  type TensorEntry,
  type TensorSource,
  tensorTypes,
  toFloat32,
  writeSafetensors,
} from '@bradley/formats';
import type { StoredTensor } from '../nn/checkpoint-store.js';
import { copyParts } from './copy-parts.js';
import type { DiffusionModel } from './diffusion-model.js';
import { networksOf, weightsOf } from './lora-adapter.js';

export interface MergeLoraOptions {
  readonly onTensor?: (done: number, total: number) => void;
  /** Texts of files in a folder beside its parts. */
  readonly texts?: Readonly<Record<string, string>>;
  /** Entries of a single file's metadata, in place of those that the model has. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** A LoRA of a weight, and where the weight lies. */
interface Patch {
  readonly layer: string;
  readonly module: LoraModule;
  readonly weight: StoredTensor;
}

/**
 * Writes a model whose weights have a LoRA in them: W + alpha / rank · B A, summed in float64 and rounded once to the element
 * type that W has. A folder gives a folder, whose files keep their names and shards, and a single file gives one. One tensor at a
 * time is in memory, and the output appears whole or not at all. Networks without a LoRA are copied; of the others only the
 * weights that were read.
 *
 * @param output a folder or a file that does not exist
 * @throws LoraError where the LoRA does not fit the model
 */
export async function mergeLora(
  model: DiffusionModel,
  modules: LoraModules,
  output: string,
  { onTensor, texts = {}, metadata = {} }: MergeLoraOptions = {},
): Promise<void> {
  const patches = [...weightsOf(model, modules)].map(([layer, weight]) => ({
    layer,
    weight,
    module: modules.get(layer) as LoraModule,
  }));
  let done = 0;
  const onPatch = (): void => {
    done++;
    onTensor?.(done, patches.length);
  };
  const target = await newPath(output);
  if (model.layout !== 'folder') return mergeFile(model.path, target, patches, onPatch, metadata);
  const part = join(dirname(target), `.part-${basename(target)}`);
  await rm(part, { recursive: true, force: true });
  try {
    const networks = networksOf(model);
    await copyParts(model.path, part, async (name, from, to) => {
      const stored = networks.get(name);
      const own = patches.filter(({ layer }) => layer.startsWith(`${name}.`));
      if (!stored || own.length === 0) return false;
      await mergeFolder(from, to, stored, own, onPatch);
      return true;
    });
    if (done < patches.length) throw new Error(`${done} of ${patches.length} weights were found in ${model.path}`);
    for (const [name, text] of Object.entries(texts)) await writeFile(join(part, name), text);
    await rename(part, target);
  } catch (error) {
    await rm(part, { recursive: true, force: true });
    throw error;
  }
}

/** Files of weights: those that were not read hold the model without the LoRA, and are left behind. */
const weightFiles = new Set('.safetensors .bin .ckpt .pt .pth .msgpack .h5 .onnx .onnx_data .pb'.split(' '));
const isWeights = (name: string): boolean => weightFiles.has(extname(name)) || /\.index(\.\w+)?\.json$/.test(name);

async function mergeFolder(
  from: string,
  to: string,
  stored: ReadonlyMap<string, StoredTensor>,
  patches: readonly Patch[],
  onPatch: () => void,
): Promise<void> {
  await mkdir(to);
  const files = new Set([...stored.values()].map(({ file }) => file));
  const shards = new Set([...files].map((file) => basename(file)));
  for (const name of await readdir(from))
    if (!isWeights(name) || (await isIndexOf(join(from, name), shards)))
      await cp(join(from, name), join(to, name), { recursive: true, dereference: true });
  for (const file of files)
    await mergeFile(
      file,
      join(to, basename(file)),
      patches.filter(({ weight }) => weight.file === file),
      onPatch,
    );
}

/** An index of the shards that were read. */
async function isIndexOf(path: string, shards: ReadonlySet<string>): Promise<boolean> {
  if (!path.endsWith('.json')) return false;
  const { weight_map = {} } = JSON.parse(await readFile(path, 'utf8')) as { weight_map?: Record<string, string> };
  const named = new Set(Object.values(weight_map));
  return named.size > 0 && [...named].every((name) => shards.has(name));
}

async function mergeFile(
  from: string,
  to: string,
  patches: readonly Patch[],
  onPatch: () => void,
  replaced: Readonly<Record<string, string>> = {},
): Promise<void> {
  const file = await openSafetensors(from);
  const kept = [...file.tensors].filter(([name]) => !name.startsWith('model_ema.')); // running averages: without the LoRA
  const tensors = kept.map(([name, entry]): [string, TensorSource] => {
    const own = patches.filter(({ weight }) => covers(entry, weight));
    const read = (): Promise<Tensor> => readTensor(file, name);
    const merged = async (): Promise<Tensor> => {
      const tensor = patched(await read(), entry, own);
      for (const _ of own) onPatch();
      return tensor;
    };
    return [name, { dtype: entry.dtype, shape: entry.shape, read: own.length > 0 ? merged : read }];
  });
  const { 'modelspec.hash_sha256': _, ...metadata } = file.metadata; // of the weights as they were
  await writeSafetensors(to, new Map(tensors), { ...metadata, ...replaced });
}

const covers = (entry: TensorEntry, { offset, byteLength }: StoredTensor): boolean =>
  offset >= entry.offset && offset + byteLength <= entry.offset + entry.byteLength;

/** A stored tensor with the LoRAs of the weights in it: the whole of it, or rows. */
function patched(tensor: Tensor, entry: TensorEntry, patches: readonly Patch[]): Tensor {
  const values = toFloat32(tensor);
  for (const { layer, module, weight } of patches) {
    const start = (weight.offset - entry.offset) / tensorTypes[tensor.dtype].bytes;
    const view = values.subarray(start, start + weight.shape.reduce((a, b) => a * b, 1));
    addLora(view, weight.transposed ? transposedModule(module) : module);
    if (!view.every(Number.isFinite))
      throw new LoraError(`${layer}: with the LoRA the weight is not finite. Lower the strength.`);
  }
  const narrowed = narrow[tensor.dtype]?.(values);
  if (!narrowed)
    throw new LoraError(`${patches[0]?.layer}: a weight of ${tensor.dtype} cannot have a LoRA merged into it.`);
  const infinite = tensor.dtype === 'float16' && values.some((x) => Math.abs(x) >= 65520);
  if (infinite) throw new LoraError(`${patches[0]?.layer}: with the LoRA the weight is too large for float16.`);
  return { ...tensor, data: narrowed };
}

/** The LoRA of the transposed weight: (B A)ᵀ = Aᵀ Bᵀ. */
function transposedModule({ A, B, alpha }: LoraModule): LoraModule {
  const turned = ({ shape, ...of }: Tensor): Tensor => {
    const [rows, columns] = shape as [number, number];
    const data = toFloat32({ shape, ...of });
    const turn = Float32Array.from(data, (_, i) => data[(i % rows) * columns + Math.floor(i / rows)] as number);
    return float32Tensor([columns, rows], turn);
  };
  return { A: turned(B), B: turned(A), alpha };
}

const narrow: Readonly<Record<string, (values: Float32Array) => Float32Array | Uint16Array>> = {
  float32: (values) => values,
  float16: float32ToFloat16,
  bfloat16: float32ToBfloat16,
};
